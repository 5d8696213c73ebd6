"""What really happened on a made-up day: every way of every vehicle, and what went wrong on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contract.messages import Direction
from simulation.province.fleet import Rig

Key = tuple[str, str, str]
"""Gate, direction and column of a number."""


class How(StrEnum):
    """How a vehicle went through."""

    SEEN = "seen"
    """Its plate was read."""
    UNREAD = "unread"
    """It was seen, and nothing that names it could be read."""
    BLIND = "blind"
    """The camera of its lane saw nothing."""
    GAP = "gap"
    """Through a gap in the fence: in no lane."""


@dataclass(frozen=True, slots=True)
class Trip:
    """One way of one vehicle.

    Attributes:
        at: when it went through.
        declaration_id: None of one that nobody declared.
        passage_id: of the passage that its node tells of, where it does.
        turned_back: passage and moment of a try before, in which it left the lane backwards.
        told_again: passage and moment of a second word of the same way.
        by_file: its declaration came in the office's file, and not from the platform.
        declared_again: number under which that file declares the same way once more.

    """

    gate: str
    lane: str
    direction: Direction
    at: datetime
    rig: Rig
    box: str | None
    regime: str
    goods_class: str
    how: How
    declaration_id: str | None
    passage_id: UUID
    turned_back: tuple[UUID, datetime] | None = None
    told_again: tuple[UUID, datetime] | None = None
    by_file: bool = False
    declared_again: str | None = None

    @property
    def sign(self) -> int:
        """What it does to the stock."""
        return 1 if self.direction is Direction.IN else -1


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with a gate, or with a lane of it, for a while."""

    gate: str
    lane: str
    direction: Direction
    since: datetime
    until: datetime

    def has(self, trip: Trip) -> bool:
        """Whether a vehicle went through then and there."""
        here = trip.gate == self.gate and self.lane in ("", trip.lane)
        return here and self.since <= trip.at < self.until


@dataclass(frozen=True, slots=True)
class Day:
    """A day from 20:00 to 20:00.

    Attributes:
        trips: in the order of time.
        before: gate to the vehicles that stood there when the day began.
        blind: the lane whose camera failed, and when.
        cut: the gate whose node could not reach central, and when; what it has to tell comes after it.

    """

    seed: int
    since: datetime
    until: datetime
    trips: tuple[Trip, ...]
    before: Mapping[str, int]
    blind: Trouble
    cut: Trouble

    @property
    def gates(self) -> tuple[str, ...]:
        """In their order."""
        return tuple(self.before)

    def stock(self, gate: str) -> int:
        """What really stands there at the end of the day."""
        return self.before[gate] + sum(trip.sign for trip in self.trips if trip.gate == gate)

    def numbers(self) -> dict[Key, tuple[str, ...]]:
        """The bulletin that a clerk writes who knows what happened in the lanes, by the ids of passages.

        Nobody can know the goods of a vehicle that nobody declared, or that nothing names.
        """
        found: dict[Key, tuple[str, ...]] = {}
        for trip in self.trips:
            if trip.how in (How.SEEN, How.UNREAD):
                known = trip.how is How.SEEN and trip.declaration_id is not None
                _add(found, (trip.gate, trip.direction, _column(trip) if known else "unknown"), trip.passage_id)
            if trip.turned_back is not None:
                _add(found, (trip.gate, trip.direction, "turned_back"), trip.turned_back[0])
        return found

    def missed(self) -> dict[Key, tuple[str, ...]]:
        """What the blind camera missed and the platform confirmed, by the ids of declarations."""
        found: dict[Key, tuple[str, ...]] = {}
        for trip in self.trips:
            if trip.how is How.BLIND and trip.declaration_id is not None:
                _add(found, (trip.gate, trip.direction, _column(trip)), trip.declaration_id)
        return found

    def unexplained(self, gate: str) -> int:
        """What nobody and nothing counted: people's count of the yard is that much off the books."""
        return sum(trip.sign for trip in self.trips if trip.gate == gate and trip.how is How.GAP)

    def unseen(self) -> int:
        """How many went before the blind camera, declared or not: the loop below the arm counted them."""
        return sum(trip.how is How.BLIND for trip in self.trips)

    def uncounted(self) -> Counter[str]:
        """Gate to vehicles that nothing counted, either way."""
        return Counter(trip.gate for trip in self.trips if trip.how is How.GAP)

    def declared_twice(self) -> tuple[frozenset[str], ...]:
        """The two numbers of each trip that was declared twice: either may be called the second one."""
        return tuple(
            frozenset((trip.declaration_id, trip.declared_again))
            for trip in self.trips
            if trip.declaration_id is not None and trip.declared_again is not None
        )

    def passages(self) -> frozenset[str]:
        """Ids of all passages that nodes tell of."""
        return frozenset(str(passage_id) for trip in self.trips for passage_id in _told(trip))

    def as_json(self) -> dict[str, Any]:
        """What happened, for people who look into it."""
        return {
            "seed": self.seed,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "stock_before": dict(self.before),
            "stock_after": {gate: self.stock(gate) for gate in self.gates},
            "planted": {
                "blind_camera": _trouble_json(self.blind),
                "cut_off": _trouble_json(self.cut),
                "declared_twice": [sorted(pair) for pair in self.declared_twice()],
                "through_a_gap": sum(trip.how is How.GAP for trip in self.trips),
                "in_no_count": dict(self.uncounted()),
            },
            "trips": [_trip_json(trip) for trip in self.trips],
        }


def _add(found: dict[Key, tuple[str, ...]], key: Key, subject: UUID | str) -> None:
    found[key] = (*found.get(key, ()), str(subject))


def _column(trip: Trip) -> str:
    """Export is cleared on the way out, import on the way in, all else on both."""
    if trip.regime == "export" and trip.direction is Direction.IN:
        return "from_inland"
    if trip.regime == "import" and trip.direction is Direction.OUT:
        return "after_import"
    return trip.goods_class


def _told(trip: Trip) -> Iterator[UUID]:
    if trip.how in (How.SEEN, How.UNREAD):
        yield trip.passage_id
    for other in (trip.turned_back, trip.told_again):
        if other is not None:
            yield other[0]


def _trouble_json(trouble: Trouble) -> dict[str, str]:
    span = {"since": trouble.since.isoformat(), "until": trouble.until.isoformat()}
    return {"gate": trouble.gate, "lane": trouble.lane, **span}


def _trip_json(trip: Trip) -> dict[str, Any]:
    return {
        "gate": trip.gate,
        "lane": trip.lane,
        "direction": trip.direction.value,
        "at": trip.at.isoformat(),
        "plate": trip.rig.front.text,
        "regime": trip.regime,
        "goods_class": trip.goods_class,
        "how": trip.how.value,
        "declaration_id": trip.declaration_id,
        "passage_id": str(trip.passage_id),
        "declared_again": trip.declared_again,
    }
