"""Do the loop and the cameras of a lane count the same vehicles? Pure: stays on the loop and in view in, findings out.

What the loop below the arm sensed and what each camera saw at about the same time is one vehicle. Who disagrees with
the majority gets a mark in a control chart of his own; where loop and a single camera stand against each other, the
camera is told of, since it is looked after here. Some always differ: motorcycles pass beside a loop, people wave.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from contract.messages import HealthFinding, HealthReason, Severity
from edge.health.chart import Chart

LOOP = "loop"
LEARNT_AFTER = 50
"""Vehicles after which it is known how many usually differ."""
_MOST_USUAL = 0.25
"""However many differed while that was learnt: more than these are a fault, and no lane's nature."""
_NEAR_S = 30.0
"""From leaving the one's reach to entering the other's; a lorry that starts at the arm is slow."""
_DECIDED_AFTER_S = 90.0
"""By then everybody has told what passed."""
_JUDGED_VEHICLES, _JUDGED_WITHIN_S = 10, 12 * 3600.0
_SEVERE_SHARE, _NO_LONGER_SEVERE_SHARE = 0.5, 0.35


@dataclass(frozen=True, slots=True)
class Stay:
    """Who sensed a vehicle, and from when to when, in seconds of a monotonic clock.

    One that is not `went_through` turned back: nobody else need have sensed it.
    """

    source: str
    came_s: float
    went_s: float
    went_through: bool = True

    def gap_s(self, other: Stay) -> float:
        """Time between the two; below zero by how long they overlap."""
        return max(self.came_s, other.came_s) - min(self.went_s, other.went_s)


@dataclass
class SourceMemory:
    """What is kept of one source over restarts."""

    vehicles: int = 0
    """Vehicles since learning began, up to `LEARNT_AFTER`."""
    chart: Chart = field(default_factory=Chart)
    severe: bool = False


MEMORY = TypeAdapter(dict[str, SourceMemory])


class LaneCounts:
    """Compares the sources of one lane: the loop, where there is one, and its cameras."""

    def __init__(self, cameras: Collection[str], memory: dict[str, SourceMemory] | None = None) -> None:
        """`cameras`: their names, the front ones first."""
        self._cameras = tuple(cameras)
        known = memory or {}
        self.memory = {source: known.get(source) or SourceMemory() for source in (LOOP, *self._cameras)}
        self._stays: list[Stay] = []
        self._unseeing_s: dict[str, float] = {}
        self._passed_s: deque[float] = deque(maxlen=_JUDGED_VEHICLES)

    def sensed(self, stay: Stay) -> None:
        """A source has told of a vehicle that is gone."""
        self._stays.append(stay)

    def unseeing(self, camera: str, now_s: float) -> None:
        """Its picture has failed, which is told already: what it misses until a while after this is no news."""
        self._unseeing_s[camera] = now_s

    def forget(self) -> None:
        """The loop cannot be known now: what was told lately cannot be compared."""
        self._stays = []

    def step(self, now_s: float, *, hour: int | None) -> None:
        """Compare what everybody has told of by now; call it every few seconds."""
        due = [stay for stay in self._stays if now_s - stay.went_s >= _DECIDED_AFTER_S]
        for stay in sorted(due, key=lambda one: one.went_s):
            if stay in self._stays:
                self._decide(self._together(stay), now_s, hour)

    def confirm(self, camera: str) -> None:
        """The camera was serviced: how many usually differ is learnt anew."""
        self.memory[camera] = SourceMemory()

    def finding(self, camera: str, *, hour: int | None) -> HealthFinding | None:
        """The share of vehicles that differ of late, against the most usual; the loop's with the first camera."""
        sources = (camera, LOOP) if camera == self._cameras[0] else (camera,)
        source = next((one for one in sources if self.memory[one].chart.told), None)
        if source is None:
            return None
        memory = self.memory[source]
        return HealthFinding(
            code=HealthReason.TRIGGER_MISMATCH,
            severity=Severity.SEVERE if memory.severe else Severity.MODERATE,
            measure=round(memory.chart.recent_bad_share or 0.0, 3),
            limit=round(memory.chart.limit(hour), 3),
        )

    def unjudged(self, camera: str, now_s: float) -> str | None:
        """Why it cannot be judged now; None when it can."""
        if self.memory[camera].vehicles < LEARNT_AFTER:
            return "no_reference"
        return None if self._enough_to_see(now_s) else "nothing_to_see"

    def _together(self, first: Stay) -> dict[str, Stay]:
        """The stays that are the same vehicle: of each source the nearest that is near enough."""
        found = {first.source: first}
        for source in (LOOP, *self._cameras):
            near = [one for one in self._stays if one.source == source and one.gap_s(first) <= _NEAR_S]
            if source != first.source and near:
                found[source] = min(near, key=first.gap_s)
        for stay in found.values():
            self._stays.remove(stay)
        return found

    def _decide(self, told: dict[str, Stay], now_s: float, hour: int | None) -> None:
        until_s = now_s - _DECIDED_AFTER_S - _NEAR_S
        seeing = (one for one in self._cameras if self._unseeing_s.get(one, float("-inf")) < until_s)
        sources = (LOOP, *seeing)
        told = {source: stay for source, stay in told.items() if source in sources}
        if len(sources) == 1 or not any(stay.went_through for stay in told.values()):
            return
        self._passed_s.append(now_s)
        twice = 2 * len(told)
        was_there = twice > len(sources) or (twice == len(sources) and LOOP in told)
        for source in sources:
            if source != LOOP or len(sources) > 2:
                self._mark(self.memory[source], bad=(source in told) is not was_there, now_s=now_s, hour=hour)

    def _mark(self, memory: SourceMemory, *, bad: bool, now_s: float, hour: int | None) -> None:
        chart = memory.chart
        if memory.vehicles >= LEARNT_AFTER:
            chart.add(bad=bad, hour=hour, may_tell=self._enough_to_see(now_s))
            share = chart.recent_bad_share or 0.0
            memory.severe = chart.told and share >= (_NO_LONGER_SEVERE_SHARE if memory.severe else _SEVERE_SHARE)
        elif hour is not None:
            memory.vehicles += 1
            chart.learn(bad=bad, hour=hour)
            share = sum(chart.bad) / sum(chart.seen)
            if memory.vehicles == LEARNT_AFTER and share > _MOST_USUAL:
                chart.bad = [one * _MOST_USUAL / share for one in chart.bad]

    def _enough_to_see(self, now_s: float) -> bool:
        return len(self._passed_s) >= _JUDGED_VEHICLES and now_s - self._passed_s[0] <= _JUDGED_WITHIN_S
