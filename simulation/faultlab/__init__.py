"""Faults put into pictures whose truth is known, and what a diagnosis makes of them."""

from simulation.faultlab.trials import Outcome, Trial, pairs, run_trial, trials

__all__ = ["Outcome", "Trial", "pairs", "run_trial", "trials"]
