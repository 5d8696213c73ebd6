"""Faults put into pictures whose truth is known, and what a diagnosis makes of them."""
