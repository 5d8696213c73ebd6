"""Makes a day: who comes and goes when, and what goes wrong. The same for the same seed and size."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np

from central.reports.bulletin import day_span
from contract.errors import SmartGateError
from contract.messages import Direction
from simulation.day.trips import Day, How, Trip, Trouble
from simulation.province.days import BEGAN_AT
from simulation.province.fleet import GATES, LANES, Rig, make_containers, make_fleet
from simulation.province.visits import LORRIES_PER_PASSAGE, REGIMES, make_visits

DAY: Final = date(2026, 6, 3)
"""The day that is told of."""
_DAYS: Final = 4
"""Vehicles come and go from `BEGAN_AT` on, so that the yards are full when the day begins."""
LEAST_PER_DAY: Final = 150
UNDECLARED: Final = 0.02
"""Of the lorries."""
UNREAD, TURNED_BACK, TOLD_TWICE = 0.02, 0.006, 0.006
"""Of the ways. All of these are assumptions."""
_GOODS: Final = {"fruit": 0.5, "other": 0.45, "new_vehicle": 0.05}
BY_FILE: Final = 12
"""Declarations in the office's file, which comes once more with other numbers."""
THROUGH_GAP: Final = 5
_BLIND_GATE: Final = "huu-nghi"
_BLIND_FROM_H, _BLIND_H = 14, 2
"""Hours after the day begins at 20:00: from 10:00 to 12:00."""
_CUT_FROM_H, _CUT_H = 18, 1.5
_CUT_GATE: Final = "chi-ma"
_LIMITS_H: Final = dict.fromkeys(REGIMES, 48.0)
_MINUTE: Final = timedelta(minutes=1)


def make_day(seed: int, per_day: int) -> Day:
    """A day of about so many passages.

    Raises:
        SmartGateError: so few vehicles that what is to go wrong finds none.

    """
    if per_day < LEAST_PER_DAY:
        raise SmartGateError(f"expected {LEAST_PER_DAY} passages a day at least, got {per_day}; give more")
    return _Maker(seed, per_day).make()


class _Maker:
    def __init__(self, seed: int, per_day: int) -> None:
        self._seed = seed
        self._rng = random.Random(seed)
        self._fleet = make_fleet(round(per_day * LORRIES_PER_PASSAGE), self._rng)
        plates = [rig.front.text for rig in self._fleet]
        self._undeclared = frozenset(self._rng.sample(plates, round(UNDECLARED * len(plates))))
        """Plates that nobody declares."""
        self._boxes = make_containers(per_day, self._rng)
        self._since, self._until = day_span(DAY)
        cut_since = self._since + timedelta(hours=_CUT_FROM_H)
        self._cut = Trouble(_CUT_GATE, "", Direction.IN, cut_since, cut_since + timedelta(hours=_CUT_H))

    def make(self) -> Day:
        """All of it."""
        chinese = np.array([rig.chinese for rig in self._fleet])
        visits = make_visits(chinese, _DAYS, _LIMITS_H, np.random.default_rng(self._seed))
        before = dict.fromkeys(GATES, 0)
        trips: list[Trip] = []
        columns = (visits.into_h.tolist(), visits.out_h.tolist(), visits.regime.tolist())
        for rig, into_h, out_h, regimes in zip(self._fleet, *columns, strict=True):
            for into, out, regime in zip(into_h, out_h, regimes, strict=True):
                visit = (self._moment(into), self._moment(out))
                before[rig.gate] += visit[0] < self._since <= visit[1]
                trips += self._ways(rig, *visit, REGIMES[regime])
        trips.sort(key=lambda trip: (trip.at, trip.passage_id))
        blind = self._blind_lane(trips)
        trips = [replace(trip, how=How.BLIND) if blind.has(trip) else trip for trip in trips]
        trips = self._gap(self._file(self._twice(self._back(trips, blind))))
        return Day(self._seed, self._since, self._until, tuple(trips), before, blind, self._cut)

    @staticmethod
    def _moment(hours: float) -> datetime:
        return (BEGAN_AT + timedelta(hours=hours)).replace(microsecond=0)

    def _ways(self, rig: Rig, into: datetime, out: datetime, regime: str) -> list[Trip]:
        """The ways of a visit that lie in the day."""
        rng = self._rng
        goods = rng.choices(list(_GOODS), list(_GOODS.values()))[0]
        box = rng.choice(self._boxes) if rig.boxes else None
        return [
            self._trip(rig, direction, at, regime, goods, box)
            for direction, at in ((Direction.IN, into), (Direction.OUT, out))
            if self._since <= at < self._until
        ]

    def _trip(self, rig: Rig, direction: Direction, at: datetime, regime: str, goods: str, box: str | None) -> Trip:  # noqa: PLR0917 - one way
        rng = self._rng
        declared, unread = rig.front.text not in self._undeclared, rng.random() < UNREAD
        return Trip(
            gate=rig.gate,
            lane=f"{direction}-{1 + rng.randrange(LANES[rig.gate])}",
            direction=direction,
            at=at,
            rig=rig,
            box=box,
            regime=regime,
            goods_class=goods,
            how=How.UNREAD if unread else How.SEEN,
            declaration_id=self._number() if declared else None,
            passage_id=self._id(),
        )

    def _blind_lane(self, trips: Sequence[Trip]) -> Trouble:
        """A lane that declared vehicles go through while its camera is to fail."""
        since = self._since + timedelta(hours=_BLIND_FROM_H)
        until = since + timedelta(hours=_BLIND_H)
        lanes = sorted(
            {
                (trip.lane, trip.direction)
                for trip in trips
                if trip.gate == _BLIND_GATE and since <= trip.at < until and trip.declaration_id is not None
            }
        )
        if not lanes:
            raise SmartGateError(
                "expected vehicles before the camera that is to fail, got none; give more or another seed"
            )
        return Trouble(_BLIND_GATE, *self._rng.choice(lanes), since, until)

    def _back(self, trips: Sequence[Trip], blind: Trouble) -> list[Trip]:
        """Some leave the lane backwards first, and come again."""

        def back(trip: Trip) -> Trip:
            at = trip.at - self._rng.uniform(8.0, 25.0) * _MINUTE
            first = replace(trip, at=at.replace(microsecond=0))
            if first.at < self._since or blind.has(first):
                return trip
            return replace(trip, turned_back=(self._id(), first.at))

        return self._some(trips, TURNED_BACK, back)

    def _twice(self, trips: Sequence[Trip]) -> list[Trip]:
        """Some are told of twice."""

        def again(trip: Trip) -> Trip:
            at = trip.at + timedelta(seconds=self._rng.randint(20, 90))
            return trip if at >= self._until else replace(trip, told_again=(self._id(), at))

        return self._some(trips, TOLD_TWICE, again)

    def _file(self, trips: Sequence[Trip]) -> list[Trip]:
        """An office declares some in a file, which comes twice."""
        span = self._since + timedelta(hours=1), self._until - timedelta(hours=4)
        fits = [place for place, trip in enumerate(trips) if _is_plain(trip) and span[0] < trip.at < span[1]]
        chosen = self._choose(fits, BY_FILE)
        return [
            replace(trip, by_file=True, declared_again=self._number()) if place in chosen else trip
            for place, trip in enumerate(trips)
        ]

    def _gap(self, trips: Sequence[Trip]) -> list[Trip]:
        """Some leave a gate through a gap."""
        gate = self._rng.choice(("huu-nghi", "tan-thanh"))
        fits = [
            place
            for place, trip in enumerate(trips)
            if _is_plain(trip) and not trip.by_file and (trip.gate, trip.direction) == (gate, Direction.OUT)
        ]
        chosen = self._choose(fits, THROUGH_GAP)
        return [replace(trip, how=How.GAP) if place in chosen else trip for place, trip in enumerate(trips)]

    def _some(self, trips: Sequence[Trip], share: float, change: Callable[[Trip], Trip]) -> list[Trip]:
        """Change a share of the plain ones, one at least."""
        fits = [place for place, trip in enumerate(trips) if _is_plain(trip)]
        chosen = self._choose(fits, max(1, round(share * len(trips))))
        return [change(trip) if place in chosen else trip for place, trip in enumerate(trips)]

    def _choose(self, places: Sequence[int], count: int) -> set[int]:
        if len(places) < count:
            raise SmartGateError(
                f"expected {count} vehicles that something may happen to, got {len(places)}; give more"
            )
        return set(self._rng.sample(places, count))

    def _number(self) -> str:
        return f"LS-{self._rng.getrandbits(40):010x}"

    def _id(self) -> UUID:
        return UUID(int=self._rng.getrandbits(128), version=4)


def _is_plain(trip: Trip) -> bool:
    """Whether nothing special happens to it yet."""
    special = trip.turned_back or trip.told_again or trip.declared_again
    return trip.how is How.SEEN and trip.declaration_id is not None and not special
