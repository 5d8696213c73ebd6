"""A whole run of the lab: what is shown to the diagnosis, in one process or several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import cv2

from contract.vocabulary import HealthReason, Severity
from edge.frame import Image
from edge.health.clip import Change, Shown, judge_clip
from simulation.faultlab.days import Clean, CleanSpell, clean_material
from simulation.faultlab.injectors import WAYS
from simulation.faultlab.material import HELD_BACK, LONGEST_CLIP_S, Clip, Rendered
from simulation.faultlab.trials import CleanOutcome, Outcome, Trial, pairs, run_clean, run_trial, trials

_HELD_BACK_CLEAN_S = 240.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a run shows.

    Attributes:
        repeats: trials of each class and severity.
        pair_count: trials of two faults at once.
        days: compressed days of clean material, each `day_s` long.
        clips: shown instead of rendered lanes; clean, they are shown once each.
        held_back: WARNING: shows the place that is held back instead; only at the end, see `material.HELD_BACK`.

    """

    seed: int = 1
    repeats: int = 2
    pair_count: int = 24
    days: int = 10
    day_s: float = 360.0
    codes: tuple[HealthReason, ...] = tuple(WAYS)
    severities: tuple[Severity, ...] = tuple(Severity)
    clips: tuple[Clip, ...] = ()
    held_back: bool = False

    def work(self) -> list[Trial | Clean]:
        """All that is shown, in an order that does not matter."""
        single = trials(
            seed=self.seed,
            repeats=self.repeats,
            codes=self.codes,
            severities=self.severities,
            held_back=self.held_back,
            clips=self.clips,
        )
        both = pairs(seed=self.seed, count=self.pair_count, held_back=self.held_back, clips=self.clips)
        return [*single, *both, *self._clean()]

    def _clean(self) -> Sequence[Clean]:
        if self.clips:
            return [CleanSpell(clip.name, clip, min(LONGEST_CLIP_S, clip.duration_s)) for clip in self.clips]
        if self.held_back:
            return [
                CleanSpell(kind.name, Rendered(kind, self.seed, _HELD_BACK_CLEAN_S), _HELD_BACK_CLEAN_S, self.seed)
                for kind in HELD_BACK
            ]
        return clean_material(seed=self.seed, days=self.days, day_s=self.day_s)


def run(work: Iterable[Trial | Clean], *, jobs: int = 1) -> Iterator[Outcome | CleanOutcome]:
    """What the diagnosis made of each, in their order; `jobs` processes, each on one core."""
    if jobs == 1:
        cv2.setNumThreads(1)
        yield from map(examine, work)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        yield from pool.map(examine, work)


def examine(one: Trial | Clean) -> Outcome | CleanOutcome:
    """Show a trial or clean material to the diagnosis of the edge."""
    return run_trial(one, _judge) if isinstance(one, Trial) else run_clean(one, _judge)


def _judge(shown: Iterable[Shown], reference: Sequence[Image]) -> Iterator[Change]:
    return judge_clip(shown, reference=reference)
