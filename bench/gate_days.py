"""Made-up days at a gate whose truth is known: who came, who left, what each lane told of it, and what was wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from contract.made_up import random_plate
from contract.messages import Direction
from contract.plate import PlateKind

SITE: Final = "gate-a"
NODE: Final = "gate-a-1"
OPEN_H: Final = 12.0
"""The gate is open for so long from the begin of a day."""
LANES: Final = {
    "in-1": (Direction.IN, ("in-1-front", "in-1-rear")),
    "in-2": (Direction.IN, ("in-2-front", "in-2-rear")),
    "out-1": (Direction.OUT, ("out-1-front",)),
    "out-2": (Direction.OUT, ("out-2-front",)),
}
_A_MINUTE = 1.0
"""Vehicles that come, all lanes together: 60 an hour."""
_HAS_TRAILER = 0.7
_FRONT_READS, _REAR_READS = 0.95, 0.92
_PLATFORM_ERRORS = 0.01
_EARLY_H = 4.0
"""Vehicles that came before the day began leave within it."""


class Kind(StrEnum):
    """What may be wrong, or only odd."""

    BLIND = "blind"
    """The lane tells of no vehicle."""
    UNREADABLE = "unreadable"
    """Half of its plates cannot be read."""
    GAP = "gap"
    """Half of those who leave find another way."""
    CLOSED = "closed"
    """The lane is closed: everybody takes the other one."""
    RAIN = "rain"
    """All cameras read a quarter less."""


@dataclass(frozen=True, slots=True)
class Event:
    """What is wrong from when until when, in hours since the day began; `lane` is empty where all are meant."""

    kind: Kind
    lane: str = ""
    begin_h: float = 4.0
    end_h: float = 6.0

    def covers(self, hour: float) -> bool:
        """Whether it is going on."""
        return self.begin_h <= hour < self.end_h


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the table: `camera` is the truth, empty where no camera is to blame; `site`: the whole site is.

    `platform`: whether the platform confirms vehicles, and if so whether it names their lane.
    """

    name: str
    event: Event | None = None
    camera: str = ""
    site: bool = False
    platform: str = "lane"


@dataclass(frozen=True, slots=True)
class Told:
    """A vehicle at a lane, and what its cameras read; `told` is false where nobody told of it.

    `confirmed_lane`: what the platform says, empty where it names no lane, None where it says nothing.
    """

    at: datetime
    lane: str
    vehicle: str
    plate: str | None
    second: str | None
    told: bool = True
    confirmed_lane: str | None = None


DAYS: Final = (
    Day("one camera blind for two hours, the platform names lanes", Event(Kind.BLIND, "out-1"), "out-1-front"),
    Day("the same, the platform names the gate only", Event(Kind.BLIND, "out-1"), "out-1-front", platform="gate"),
    Day("the same, without the platform", Event(Kind.BLIND, "out-1"), "out-1-front", platform=""),
    Day("an entrance blind for two hours, without the platform", Event(Kind.BLIND, "in-2"), "in-2-front", platform=""),
    Day("plates get unreadable in one lane", Event(Kind.UNREADABLE, "out-2", 4, 8), "out-2-front"),
    Day("one front camera misaligned", Event(Kind.UNREADABLE, "in-1", 4, 8), "in-1-front"),
    Day("lorries leave by a gap for seven hours", Event(Kind.GAP, begin_h=4, end_h=11), site=True),
    Day("clean: a lane is closed for three hours", Event(Kind.CLOSED, "out-2", 4, 7)),
    Day("clean: rain, all read less", Event(Kind.RAIN, begin_h=3, end_h=8)),
    Day("clean: nothing happens", None),
    Day("clean: nothing happens, without the platform", None, platform=""),
)


def passages_of(day: Day, begin: datetime, rng: random.Random) -> list[Told]:
    """What happens on a day, in the order of time."""
    busy = rng.gauss(1.0, 0.1)
    lanes = {Direction.IN: ("in-1", "in-2"), Direction.OUT: ("out-1", "out-2")}
    first_share = {way: rng.gauss(0.5, 0.02) for way in Direction}
    found: list[Told] = []
    hour = -_EARLY_H
    while hour < OPEN_H:
        hour += rng.expovariate(60 * _A_MINUTE * max(0.3, busy))
        plate = random_plate(rng, PlateKind.CN_ORDINARY if rng.random() < 0.5 else PlateKind.VN_CIVIL)
        trailer = random_plate(rng, PlateKind.VN_TRAILER) if rng.random() < _HAS_TRAILER else None
        stays_h = rng.uniform(0.5, 3.0)
        for way, at_h in ((Direction.IN, hour), (Direction.OUT, hour + stays_h)):
            if 0 <= at_h < OPEN_H:
                lane = lanes[way][0 if rng.random() < first_share[way] else 1]
                found += _at_lane(day, _Vehicle(begin + timedelta(hours=at_h), at_h, plate, trailer), lane, rng)
    return sorted(found, key=lambda one: one.at)


@dataclass(frozen=True, slots=True)
class _Vehicle:
    """A vehicle at the gate, `hour` hours after the day began."""

    at: datetime
    hour: float
    plate: str
    trailer: str | None


def _at_lane(day: Day, vehicle: _Vehicle, lane: str, rng: random.Random) -> Iterator[Told]:
    event = day.event if day.event is not None and day.event.covers(vehicle.hour) else None
    direction, cameras = LANES[lane]
    if event is not None and event.kind is Kind.CLOSED and event.lane == lane:
        lane = next(name for name, (way, _) in LANES.items() if way is direction and name != lane)
    if event is not None and event.kind is Kind.GAP and direction is Direction.OUT and rng.random() < 0.5:
        return
    hit = event is not None and event.lane in ("", lane)
    reads = _FRONT_READS
    if hit and event is not None:
        reads *= {Kind.UNREADABLE: 0.5, Kind.RAIN: 0.75}.get(event.kind, 1.0)
    front = vehicle.plate if rng.random() < reads else None
    rear = vehicle.trailer if len(cameras) > 1 and rng.random() < _REAR_READS else None
    one = Told(vehicle.at, lane, vehicle.plate, front, rear)
    if day.platform:
        named = lane if day.platform == "lane" else ""
        wrong = rng.random() < _PLATFORM_ERRORS
        one = replace(one, confirmed_lane=rng.choice(list(LANES)) if wrong and named else named)
    yield replace(one, told=not (hit and event is not None and event.kind is Kind.BLIND))
