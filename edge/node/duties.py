"""What a camera does for its lane beside showing it, and whether it still does."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from contract.messages import Abstention, HealthReason, TimeQuality
from edge.clock import time_quality
from edge.health.clock import CameraClock
from edge.health.kept import keep, recall
from edge.health.readability import MEMORY, Outcome, Readability
from edge.health.together import Judgement, joined
from edge.lpr.types import Observation
from edge.node.senses import LaneSenses

_KEPT_EVERY_S = 600.0
"""What the last minutes taught may be lost with the power."""


class CameraDuties:
    """One camera's. Used from the node's reader thread only."""

    def __init__(self, folder: Path, camera: str, senses: LaneSenses) -> None:
        """`senses` are those of its lane."""
        self._camera = camera
        self._senses = senses
        self._path = folder / f"readability-{camera}.json"
        self._readability = Readability()
        self._clock = CameraClock()
        self._picture_failed = False
        self._kept_s = time.monotonic()

    def load(self) -> None:
        """Find what was known before."""
        self._readability = Readability(recall(self._path, MEMORY))

    def vehicle_left(self, seen: Observation) -> None:
        """A vehicle left this camera's view."""
        self._senses.seen(self._camera, seen)
        if self._picture_failed or (seen.turned_back and seen.plate is None):
            return  # what is wrong is told already; and one that turned back may never have come near enough
        outcome = Outcome(
            found=seen.abstained is not Abstention.NO_PLATE_FOUND,
            read=seen.plate is not None,
            confidence=seen.plate.confidence if seen.plate is not None else 0.0,
            reads=seen.reads,
        )
        self._readability.vehicle(outcome, hour=hour_of_day(), now_s=seen.last_monotonic_s)

    def clock_answered(self, offset_s: float | None) -> None:
        """The camera told by how many seconds its clock is ahead; None when it did not."""
        self._clock.answered(offset_s)

    def judge(self, now_s: float) -> Judgement:
        """How it does them now."""
        hour = hour_of_day()
        senses = self._senses.judge(self._camera, now_s, hour=hour)
        return joined(self._readable(now_s, hour), senses, self._punctual())

    def confirm(self) -> None:
        """The camera was serviced: what is usual is learnt anew."""
        self._readability.confirm()
        self._senses.confirm(self._camera)
        self.keep()

    def tick(self, now_s: float, *, picture_failed: bool) -> None:
        """Compare with the lane's other senses; put on disk what was learnt, now and then.

        While its picture has failed nothing is learnt: a fault must not become usual.
        """
        self._picture_failed = picture_failed
        if picture_failed:
            self._senses.unseeing(self._camera, now_s)
        self._senses.tick(now_s, hour=hour_of_day())
        if now_s - self._kept_s >= _KEPT_EVERY_S:
            self.keep()

    def keep(self) -> None:
        """Put on disk what was learnt."""
        self._kept_s = time.monotonic()
        keep(self._path, MEMORY, self._readability.memory)
        self._senses.keep()

    def _punctual(self) -> Judgement:
        finding, offset_s = self._clock.finding, self._clock.offset_s
        if time_quality() is not TimeQuality.SYNCED and finding is None:
            return Judgement(unjudged={HealthReason.CLOCK_DRIFT: "clock_unset"})
        if offset_s is None:
            return Judgement(unjudged={HealthReason.CLOCK_DRIFT: "not_told"})
        findings = () if finding is None else (finding,)
        return Judgement(findings=findings, measurements={"clock_offset_s": round(offset_s, 1)})

    def _readable(self, now_s: float, hour: int | None) -> Judgement:
        finding, why = self._readability.finding(hour=hour), self._readability.unjudged(now_s)
        return Judgement(
            findings=() if finding is None else (finding,),
            unjudged={HealthReason.UNREADABLE_PLATES: why} if why is not None and finding is None else {},
            measurements=self._readability.measurements(hour=hour),
        )


def hour_of_day() -> int | None:
    """The hour of the day, UTC; None while this node's clock was never set."""
    return None if time_quality() is TimeQuality.UNSET else datetime.now(UTC).hour
