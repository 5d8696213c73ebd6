"""What comes next at a gate, and what if: the forecast of the next hours and the model of a day, from the store."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from central.store import Store
from central.store.traffic import HOUR, begin_of_hour
from central.traffic.forecast import ExpectedHour, ForecastError, expected_hours, measured
from central.traffic.rates import HourlyCounts
from central.traffic.same_day import SameDay, same_day
from central.traffic.settings import TrafficSettings
from central.traffic.what_if import Day, Lane, Outcome, what_if
from central.traffic.yards import stock_at
from contract.errors import SmartGateError
from contract.messages import Direction

_DAYS: Final = 30
"""What a forecast is made from: the four weeks that are usual, and the two days of the trend."""
_MEASURED_DAYS: Final = 7
_DAY: Final = timedelta(days=1)


class NoModelError(SmartGateError, ValueError):
    """A day cannot be asked what if; `code` names the reason for the catalogue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Outlook:
    """The past hours and those to come, of one gate or of all.

    Attributes:
        arrivals, cleared: every whole hour that is known, up to the one that runs.
        running: what came and was cleared in the hour that runs, so far.
        expected: the hours from the one that runs on; empty where nothing is known to go by.
        error: how wrong the forecast of arrivals was over the last week, so many hours ahead as it is made for; None
            before two weeks are known.

    """

    arrivals: HourlyCounts
    cleared: HourlyCounts
    running: Mapping[Direction, int]
    expected: tuple[ExpectedHour, ...]
    error: ForecastError | None


def outlook_of(
    store: Store, site: str | None, now: datetime, utc_offset_h: float, *, stock: int | None, hours: int = 6
) -> Outlook:
    """The forecast of the next hours; where the stock is unknown the queue begins with nobody."""
    this_hour = begin_of_hour(now)
    first = store.traffic.first_hour(site)
    since = this_hour if first is None else min(this_hour, max(first, this_hour - _DAYS * _DAY))
    found = store.traffic.by_hour(since, this_hour + HOUR, site)

    def of(way: Direction) -> HourlyCounts:
        counts = tuple(found.get((since + hour * HOUR, way), 0) for hour in range((this_hour - since) // HOUR))
        return HourlyCounts(since, counts, utc_offset_h)

    arrivals, cleared = of(Direction.IN), of(Direction.OUT)
    expected = expected_hours(arrivals, cleared, queue=stock or 0, hours=hours) if arrivals.counts else ()
    running = {way: found.get((this_hour, way), 0) for way in Direction}
    return Outlook(arrivals, cleared, running, expected, _error(arrivals, hours))


@functools.lru_cache(maxsize=64)  # the same for an hour
def _error(arrivals: HourlyCounts, ahead: int) -> ForecastError | None:
    if len(arrivals.counts) < 2 * _MEASURED_DAYS * 24:
        return None
    return measured(arrivals, days=_MEASURED_DAYS, ahead=ahead)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is changed of a day: more lanes, and how much earlier all of them close."""

    more_lanes: int = 0
    earlier_min: int = 0


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A day as it was, as its model has it, and as it would have been.

    Attributes:
        lanes: lanes that cleared vehicles on the day, open from `opens_h` to `closes_h` (hours of the place).

    """

    model: SameDay
    lanes: int
    opens_h: int
    closes_h: int
    stock_before: int
    as_it_was: Outcome
    answers: Mapping[Asked, Outcome]


def what_if_of(
    store: Store, settings: TrafficSettings, site: str, began_at: datetime, asked: tuple[Asked, ...]
) -> WhatIf:
    """Run the day of a gate that began then, changed in each of these ways.

    The lanes are those that vehicles left by on the day, open from the first hour with some of them to the last.

    Raises:
        NoModelError: `nothing_cleared`, `stock_unknown` or `no_queue`, see the message.

    """
    until = began_at + _DAY
    out = [one for one in store.traffic.hours(began_at, until, site) if one.direction is Direction.OUT]
    hours = sorted({(one.hour_at - began_at) // HOUR for one in out})
    if not hours:
        raise NoModelError("nothing_cleared", "expected a day on which vehicles left the yards, got one without any")
    before = stock_at(store, site, began_at, settings)
    if before is None:
        raise NoModelError("stock_unknown", "expected a count of the yards from before the day, found none: count them")
    lanes = len({one.lane for one in out})
    opens_h, closes_h = hours[0], hours[-1] + 1
    times = store.traffic.times(site, began_at, until)
    open_lanes = tuple(Lane(opens_h * 60.0, closes_h * 60.0) for _ in range(lanes))
    try:
        model = same_day(
            times[Direction.IN], times[Direction.OUT], began_at=began_at, lanes=open_lanes, stock_before=before
        )
    except ValueError as error:
        raise NoModelError("no_queue", f"nobody knows what the lanes can do: {error}") from error
    answers = {one: what_if(_changed(model.day, one)) for one in asked}
    return WhatIf(model, lanes, opens_h, closes_h, before, what_if(model.day), answers)


def _changed(day: Day, asked: Asked) -> Day:
    return day.with_lanes(asked.more_lanes).closing_earlier(asked.earlier_min)
