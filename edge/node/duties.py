"""What a camera does for its lane beside showing it, and whether it still does."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import structlog

from contract.messages import Abstention, HealthReason, TimeQuality
from edge.clock import time_quality
from edge.health.readability import Outcome, Readability, keep, recall
from edge.health.together import Judgement
from edge.lpr.types import Observation

log = structlog.get_logger(__name__)
_KEPT_EVERY_S = 600.0
"""What the last minutes taught may be lost with the power."""


class CameraDuties:
    """One camera's. Used from the node's reader thread only."""

    def __init__(self, folder: Path, camera: str) -> None:
        self._camera = camera
        self._path = folder / f"readability-{camera}.json"
        self._readability = Readability()
        self._kept_s = time.monotonic()

    def load(self) -> None:
        """Find what was known before."""
        self._readability = Readability(recall(self._path))

    def vehicle_left(self, seen: Observation) -> None:
        """A vehicle left this camera's view."""
        if seen.turned_back and seen.plate is None:
            return  # it may never have come near enough
        outcome = Outcome(
            found=seen.abstained is not Abstention.NO_PLATE_FOUND,
            read=seen.plate is not None,
            confidence=seen.plate.confidence if seen.plate is not None else 0.0,
            reads=seen.reads,
        )
        self._readability.vehicle(outcome, hour=_hour(), now_s=seen.last_monotonic_s)

    def judge(self, now_s: float) -> Judgement:
        """How it does them now."""
        return self._readable(now_s)

    def confirm(self) -> None:
        """The camera was serviced: what is usual is learnt anew."""
        self._readability.confirm()
        self.keep()

    def tick(self, now_s: float) -> None:
        """Put on disk what was learnt, now and then."""
        if now_s - self._kept_s >= _KEPT_EVERY_S:
            self.keep()

    def keep(self) -> None:
        """Put on disk what was learnt."""
        self._kept_s = time.monotonic()
        try:
            keep(self._path, self._readability.memory)
        except OSError as error:
            log.warning("what is usual of a camera is not on disk", camera=self._camera, reason=str(error))

    def _readable(self, now_s: float) -> Judgement:
        hour = _hour()
        finding, why = self._readability.finding(hour=hour), self._readability.unjudged(now_s)
        return Judgement(
            findings=() if finding is None else (finding,),
            unjudged={HealthReason.UNREADABLE_PLATES: why} if why is not None and finding is None else {},
            measurements=self._readability.measurements(hour=hour),
        )


def _hour() -> int | None:
    """The hour of the day, UTC; None while this node's clock was never set."""
    return None if time_quality() is TimeQuality.UNSET else datetime.now(UTC).hour
