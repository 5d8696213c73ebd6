"""Are the plates still read as this camera usually reads them? Pure: outcomes of vehicles in, a finding out.

Two charts of the camera's own history by hour of the day: vehicles that were not read, and, of the plates that were
found, those read worse than the camera's own worst tenth (by confidence, or by the number of reads). Vehicles without
a plate come in convoys, brand-new ones above all, and persons may pass for vehicles: an unbroken run of them counts as
little as two until it is longer than a convoy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from contract.messages import HealthFinding, HealthReason, Severity
from edge.health.chart import Chart

LEARNT_AFTER = 100
"""Vehicles after which a camera's own history is known well enough to hold it against."""
_WORST = 0.1
"""A read is poor when a tenth of this camera's reads at most were as bad."""
_RUN_COUNTED, _CONVOY = 2, 20
"""So many of a run without a plate count; all count again from the end of the longest convoy on."""
_POOR_ALARM = 100.0
"""Height at which poor reads are told: a whole day of them, where rain lasts for hours."""
_JUDGED_VEHICLES, _JUDGED_WITHIN_S = 10, 12 * 3600.0
"""A finding begins only where so many vehicles came of late: else there is nothing to see."""
_SEVERE_SHARE, _NO_LONGER_SEVERE_SHARE = 0.6, 0.75
"""Of the vehicles, the share read at which a loss is severe; and from which it is so no more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one vehicle's plate at one camera.

    Attributes:
        found: a plate was found, legible or not.
        read: its text was settled.
        confidence: of that text, 0-1.
        reads: single frames in which it was read.

    """

    found: bool
    read: bool
    confidence: float = 0.0
    reads: int = 0


@dataclass
class Memory:
    """What is kept over restarts."""

    vehicles: int = 0
    """Vehicles since learning began, up to `LEARNT_AFTER`."""
    sample: list[tuple[float, int]] = field(default_factory=list)
    """Confidence and reads of the plates read while learning."""
    least_confidence: float = 0.0
    least_reads: float = 0.0
    """What this camera's reads fall below in a tenth of the cases at most."""
    unread: Chart = field(default_factory=Chart)
    poor: Chart = field(default_factory=Chart)
    run: int = 0
    """Vehicles without a plate in an unbroken run until now."""
    severe: bool = False


MEMORY = TypeAdapter(Memory)


class Readability:
    """Judges one camera. Times are seconds of a monotonic clock; hours are of the day, UTC, None when not known."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self._came_s: list[float] = []

    def vehicle(self, outcome: Outcome, *, hour: int | None, now_s: float) -> None:
        """A vehicle has left the view; leave out one that turned back before it could be read."""
        memory = self.memory
        self._came_s = [*self._came_s[1 - _JUDGED_VEHICLES :], now_s]
        memory.run = 0 if outcome.found else memory.run + 1
        counts = memory.run <= _RUN_COUNTED or memory.run > _CONVOY
        if memory.vehicles < LEARNT_AFTER:
            self._learn(outcome, hour=hour, counts=counts)
            return
        may_tell = self._enough_to_see(now_s)
        if counts:
            memory.unread.add(bad=not outcome.read, hour=hour, may_tell=may_tell)
        if outcome.found:
            memory.poor.add(bad=self._is_poor(outcome), hour=hour, alarm=_POOR_ALARM, may_tell=may_tell)
        memory.severe = memory.unread.told and _read_share(memory) <= (
            _NO_LONGER_SEVERE_SHARE if memory.severe else _SEVERE_SHARE
        )

    def confirm(self) -> None:
        """The camera was serviced: what it is to be held against is learnt anew."""
        self.memory = Memory()

    def finding(self, *, hour: int | None) -> HealthFinding | None:
        """What is wrong: the share of vehicles read, or of plates read well, against the least that is usual."""
        memory = self.memory
        if memory.unread.told:
            severity = Severity.SEVERE if memory.severe else Severity.MODERATE
            return _finding(severity, _read_share(memory), memory.unread, hour)
        if memory.poor.told:
            return _finding(Severity.SLIGHT, 1.0 - (memory.poor.recent_bad_share or 0.0), memory.poor, hour)
        return None

    def unjudged(self, now_s: float) -> str | None:
        """Why it cannot be judged now: too few vehicles came at all, or of late. None when it can."""
        if self.memory.vehicles < LEARNT_AFTER:
            return "no_reference"
        return None if self._enough_to_see(now_s) else "nothing_to_see"

    def measurements(self, *, hour: int | None) -> dict[str, float]:
        """Shares of the vehicles: read of late, read at least as is usual."""
        if self.memory.vehicles < LEARNT_AFTER:
            return {}
        unread, poor = self.memory.unread, self.memory.poor
        numbers = {"least_usual_read_share": 1.0 - unread.usual_bad_share(hour)}
        if unread.recent_bad_share is not None:
            numbers["read_share"] = 1.0 - unread.recent_bad_share
        if poor.recent_bad_share is not None:
            numbers["read_well_share"] = 1.0 - poor.recent_bad_share
        return {name: round(value, 3) for name, value in numbers.items()}

    def _learn(self, outcome: Outcome, *, hour: int | None, counts: bool) -> None:
        memory = self.memory
        if not counts or hour is None:
            return
        memory.vehicles += 1
        memory.unread.learn(bad=not outcome.read, hour=hour)
        if outcome.read:
            memory.sample.append((outcome.confidence, outcome.reads))
        if memory.vehicles == LEARNT_AFTER and memory.sample:
            place = int(_WORST * len(memory.sample))
            memory.least_confidence = sorted(confidence for confidence, _ in memory.sample)[place]
            memory.least_reads = sorted(reads for _, reads in memory.sample)[place]
            poor = sum(self._is_poor(Outcome(True, True, *pair)) for pair in memory.sample) / len(memory.sample)
            # each hour begins with what the whole sample was
            memory.poor = Chart(bad=[poor * seen for seen in memory.unread.seen], seen=list(memory.unread.seen))
            memory.sample = []

    def _is_poor(self, outcome: Outcome) -> bool:
        memory = self.memory
        weak = outcome.confidence < memory.least_confidence or outcome.reads < memory.least_reads
        return not outcome.read or weak

    def _enough_to_see(self, now_s: float) -> bool:
        return len(self._came_s) >= _JUDGED_VEHICLES and now_s - self._came_s[0] <= _JUDGED_WITHIN_S


def _read_share(memory: Memory) -> float:
    return 1.0 - (memory.unread.recent_bad_share or 0.0)


def _finding(severity: Severity, measure: float, chart: Chart, hour: int | None) -> HealthFinding:
    return HealthFinding(
        code=HealthReason.UNREADABLE_PLATES,
        severity=severity,
        measure=round(measure, 3),
        limit=round(1.0 - chart.limit(hour), 3),
    )
