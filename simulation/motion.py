"""How things move along a lane: smoothly, from rest or past, one behind the other. Metres from the camera, seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_STEP_S = 0.05
_SOFT_STEPS = 10
_LONGEST_S = 6000.0


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A number over time, such as the distance of a lorry's nose: from `start_s` on, a value every 0.05 s."""

    start_s: float
    values: NDArray[np.float64]

    @property
    def end_s(self) -> float:
        """When it ends."""
        return self.start_s + (len(self.values) - 1) * _STEP_S

    def at(self, now_s: float) -> float | None:
        """The value now; None before the start and after the end."""
        step = (now_s - self.start_s) / _STEP_S
        if step < 0 or step > len(self.values) - 1:
            return None
        low = int(step)
        high = min(low + 1, len(self.values) - 1)
        return float(self.values[low] + (self.values[high] - self.values[low]) * (step - low))

    def speed(self, now_s: float) -> float:
        """Its change per second, without sign; 0 outside."""
        before, after = self.at(now_s - _STEP_S), self.at(now_s + _STEP_S)
        return 0.0 if before is None or after is None else abs(after - before) / (2 * _STEP_S)

    def first_below(self, value: float) -> float:
        """When it first was below a value; the end when it never was."""
        below = np.flatnonzero(self.values < value)
        return self.start_s + float(below[0]) * _STEP_S if below.size else self.end_s


def standing(value: float, start_s: float, end_s: float) -> Track:
    """Nothing moves."""
    return Track(start_s, np.full(max(2, round((end_s - start_s) / _STEP_S) + 1), value))


@dataclass(frozen=True, slots=True)
class Go:
    """Drive to a place, at most `speed` m/s, and arrive there at `end` m/s."""

    to_m: float
    speed: float
    end: float = 0.0
    accel: float = 1.1


@dataclass(frozen=True, slots=True)
class Wait:
    """Stand."""

    for_s: float


def drive(start_s: float, start_m: float, legs: Sequence[Go | Wait], *, speed: float = 0.0) -> Track:
    """The track of what begins at `start_m` with `speed` m/s and does one leg after the other."""
    values, z, v = [start_m], start_m, speed
    for leg in legs:
        if isinstance(leg, Wait):
            v = 0.0
            values += [z] * round(leg.for_s / _STEP_S)
            continue
        way = 1.0 if leg.to_m > z else -1.0
        while (leg.to_m - z) * way > 0.01:
            allowed = np.sqrt(leg.end**2 + 2 * leg.accel * (leg.to_m - z) * way)
            wanted = min(leg.speed, float(allowed))
            v += float(np.clip(wanted - v, -3 * leg.accel * _STEP_S, leg.accel * _STEP_S))
            v = max(v, 0.05)
            z += way * (v * _STEP_S if leg.end else min(v * _STEP_S, (leg.to_m - z) * way))
            values.append(z)
    return Track(start_s, _softened(np.array(values)))


def _softened(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without jerks: a mean over half a second."""
    left, right = _SOFT_STEPS // 2, _SOFT_STEPS - _SOFT_STEPS // 2 - 1
    slope_in, slope_out = values[1] - values[0], values[-1] - values[-2]
    before = values[0] - slope_in * np.arange(left, 0, -1)
    after = values[-1] + slope_out * np.arange(1, right + 1)
    padded = np.concatenate([before, values, after])
    return np.convolve(padded, np.full(_SOFT_STEPS, 1 / _SOFT_STEPS), mode="valid")


@dataclass(slots=True)
class Queuer:
    """One vehicle of a queue that drives towards the camera and past it.

    Attributes:
        gap_m: what it keeps to the one ahead when both stand.
        headway_s: what it keeps on top of that, in seconds of driving.
        halts_s: how long it stands at the arm; None when it does not stop there.

    """

    length_m: float
    speed: float = 4.0
    gap_m: float = 1.5
    headway_s: float = 1.0
    halts_s: float | None = None
    stop_m: float = 6.8
    accel: float = 0.9
    behind_m: float = 8.0
    """To the one ahead (of the first: nothing) when they come into view."""
    z: float = 0.0
    v: float = 0.0
    stood_s: float = 0.0
    went_s: float | None = None
    values: list[float] = field(default_factory=list)

    def step(self, now_s: float, ahead: Queuer | None) -> None:
        """Move on by one step, behind `ahead` (intelligent driver model)."""
        room, closing = 1e3, 0.0
        if ahead is not None:
            room, closing = self.z - (ahead.z + ahead.length_m), self.v - ahead.v
        slack = self.gap_m
        if self.halts_s is not None and self.went_s is None:
            to_line = self.z - self.stop_m + self.gap_m
            if to_line < room:
                room, closing = to_line, self.v
            if self.z - self.stop_m < 0.6 and self.v < 0.08:
                self.stood_s += _STEP_S
                if self.stood_s >= self.halts_s:
                    self.went_s = now_s
        wanted = slack + max(0.0, self.v * self.headway_s + self.v * closing / (2 * np.sqrt(self.accel * 1.6)))
        push = self.accel * (1 - (self.v / self.speed) ** 4 - (wanted / max(room, 0.1)) ** 2)
        self.v = max(0.0, self.v + max(push, -4.0) * _STEP_S)
        self.z -= self.v * _STEP_S
        self.values.append(self.z)


def queue(queuers: Sequence[Queuer], start_s: float, *, from_m: float, gone_m: float = -2.0) -> list[Track]:
    """The tracks of the noses of vehicles that come one behind the other, until all tails have gone past `gone_m`."""
    place = from_m
    for index, queuer in enumerate(queuers):
        if index:
            place += queuers[index - 1].length_m + queuer.behind_m
        queuer.z, queuer.v = place, queuer.speed
        queuer.values = [place]
    now_s = start_s
    while queuers[-1].z + queuers[-1].length_m > gone_m:
        for index, queuer in enumerate(queuers):
            queuer.step(now_s, queuers[index - 1] if index else None)
        now_s += _STEP_S
        if now_s - start_s > _LONGEST_S:
            raise ValueError("a queue must come to an end; give the vehicles a speed and finite halts")
    return [Track(start_s, _softened(np.array(queuer.values))) for queuer in queuers]


_ARM_S = 2.2
"""How long the arm takes to go up, or down."""


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """The barrier's arm: between which times it is meant to be up."""

    up: tuple[tuple[float, float], ...] = ()

    def at(self, now_s: float) -> float:
        """0 when down, 1 when up."""
        share = max((min(1.0, (now_s - a) / _ARM_S, 1 - (now_s - b) / _ARM_S) for a, b in self.up), default=0.0)
        share = max(0.0, share)
        return share * share * (3 - 2 * share)


def arm_for(tracks: Sequence[Track], lengths_m: Sequence[float], *, arm_m: float) -> ArmPlan:
    """The arm goes up before each nose comes through, down when the tail is; it stays up when the next is close."""
    spans: list[tuple[float, float]] = []
    for track, length_m in zip(tracks, lengths_m, strict=True):
        up, down = track.first_below(arm_m + 1.2) - _ARM_S, track.first_below(arm_m - length_m - 1.5)
        if spans and up < spans[-1][1] + 2 * _ARM_S:
            spans[-1] = (spans[-1][0], down)
        else:
            spans.append((up, down))
    return ArmPlan(tuple(spans))
