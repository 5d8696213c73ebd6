"""The same day with one more lane, or with China closing earlier: a small model of a queue before lanes. Pure.

Vehicles wait in one line and take, in the order in which they came, the lane that can begin with them first. From event
to event that is the whole of it, so the model is exact for what it assumes (`Assumption`); docs/traffic.md says what
that leaves out. Times are minutes since the day's begin.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, inf
from typing import Final, Self

_HOUR_MIN: Final = 60.0
_DAY_MIN: Final = 24 * _HOUR_MIN
Service = Callable[[random.Random], float]
"""Draws the minutes that a lane needs for one vehicle; > 0."""


class Assumption(StrEnum):
    """What the model takes for given. Each result carries all of them."""

    ONE_LINE = "one_line"
    """Vehicles go in the order in which they came, to the first lane that is free; none goes first, none gives up."""
    SAME_ARRIVALS = "same_arrivals"
    """They come when they came on the day, whatever is changed."""
    SAME_SERVICE = "same_service"
    """A vehicle needs the same minutes in every lane and whatever is changed. In `same_day` they are drawn without
    memory, with the mean of the day's busy hours."""
    BEGUN_IS_FINISHED = "begun_is_finished"
    """A lane that closes finishes the vehicle that it has begun with."""
    FIRST_IN_STOCK = "first_in_stock"
    """What stood there when the day began goes first; it is taken to have come at that moment."""
    NEXT_DAY_ALIKE = "next_day_alike"
    """Who is left over goes first on the next day, when the lanes are open in the same hours."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane that is open every day from `opens_min` to before `closes_min`; as it stands, all day."""

    opens_min: float = 0.0
    closes_min: float = _DAY_MIN

    def begins_min(self, ready_min: float) -> float:
        """When it can begin with a vehicle that is there, once it is free itself; infinite if it never opens."""
        if self.closes_min <= self.opens_min:
            return inf
        day_began_min, minute = ready_min - ready_min % _DAY_MIN, ready_min % _DAY_MIN
        if minute >= self.closes_min:
            return day_began_min + _DAY_MIN + self.opens_min
        return max(ready_min, day_began_min + self.opens_min)


@dataclass(frozen=True, slots=True)
class Day:
    """A day at a gate, in one direction.

    Attributes:
        arrivals_min: when vehicles came, in any order; ≥ 0.
        lanes: at least one.
        service: see `Service`, `steady`, `exponential`, `as_on`.
        stock_before: vehicles that stood there when the day began.
        seed: another one draws other minutes of service.

    """

    arrivals_min: tuple[float, ...]
    lanes: tuple[Lane, ...]
    service: Service
    stock_before: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError: there is no lane, or a number is below 0."""
        if not self.lanes:
            raise ValueError("expected at least one lane, got none: name the lanes that were open on the day")
        if self.stock_before < 0 or min(self.arrivals_min, default=0.0) < 0:
            raise ValueError("expected arrivals and a stock from 0 on: count minutes from the day's begin")

    def with_lanes(self, more: int) -> Self:
        """The same day with more lanes, open as the first one is."""
        return replace(self, lanes=(*self.lanes, *[self.lanes[0]] * more))

    def closing_earlier(self, earlier_min: float) -> Self:
        """The same day, every lane closed earlier."""
        return replace(
            self, lanes=tuple(replace(lane, closes_min=lane.closes_min - earlier_min) for lane in self.lanes)
        )


@dataclass(frozen=True, slots=True)
class Served:
    """One vehicle: when it came, when a lane began with it and ended. Infinite: never."""

    came_min: float
    begun_min: float
    done_min: float

    @property
    def wait_min(self) -> float:
        """From coming to the begin of service."""
        return self.begun_min - self.came_min


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a day.

    Attributes:
        queue_by_hour: vehicles that wait at the end of each hour.
        stock_at: vehicles that wait or are being cleared at the moment that was asked for.
        wait_p50_min, wait_p95_min: of all vehicles, in minutes, nights included; None where nobody came.
        left_over: vehicles with which no lane began before the day was over.

    """

    vehicles: int
    queue_by_hour: tuple[int, ...]
    stock_at: int
    wait_p50_min: float | None
    wait_p95_min: float | None
    left_over: int
    assumptions: tuple[Assumption, ...] = tuple(Assumption)


def steady(minutes: float) -> Service:
    """Every vehicle needs the same minutes."""
    return lambda _: minutes


def exponential(mean_min: float) -> Service:
    """Minutes without memory: most vehicles need few, some need long."""
    return lambda rng: rng.expovariate(1.0 / mean_min)


def as_on(minutes: Sequence[float]) -> Service:
    """Drawn from what vehicles needed on other days."""
    return lambda rng: rng.choice(minutes)


def service_min(cleared: int, lanes: int, busy_h: float) -> float:
    """Minutes that one vehicle takes a lane, from what was cleared while vehicles waited all the time.

    Raises:
        ValueError: nothing was cleared, so nothing is known.

    """
    if cleared <= 0:
        raise ValueError(f"expected vehicles cleared in busy hours, got {cleared}: choose hours with a queue")
    return lanes * busy_h * _HOUR_MIN / cleared


def run(day: Day) -> tuple[Served, ...]:
    """Every vehicle of a day in the order in which they came, those of the stock first, as come at 0.

    The n-th vehicle draws the same service whatever the lanes are, so that two runs differ by what was changed alone.
    """
    rng = random.Random(day.seed)  # noqa: S311 - made-up minutes, no secret
    free_min = [0.0] * len(day.lanes)
    served: list[Served] = []
    for came in [0.0] * day.stock_before + sorted(day.arrivals_min):
        need = day.service(rng)
        begins = [lane.begins_min(max(free, came)) for lane, free in zip(day.lanes, free_min, strict=True)]
        begun = min(begins)
        free_min[begins.index(begun)] = begun + need
        served.append(Served(came, begun, begun + need))
    return tuple(served)


def what_if(day: Day, *, hours: int = 24, stock_at_h: float = 20.0) -> Outcome:
    """Run a day and sum it up: the queue of its first `hours`, the stock at an hour of it (20: at 20:00)."""
    served = run(day)
    waits = sorted(one.wait_min for one in served)
    return Outcome(
        vehicles=len(served),
        queue_by_hour=tuple(_waiting(served, hour * _HOUR_MIN) for hour in range(1, hours + 1)),
        stock_at=stock_at(served, stock_at_h * _HOUR_MIN),
        wait_p50_min=_percentile(waits, 0.5),
        wait_p95_min=_percentile(waits, 0.95),
        left_over=sum(one.begun_min >= _DAY_MIN for one in served),
    )


def stock_at(served: Iterable[Served], at_min: float) -> int:
    """Vehicles that wait or are being cleared at a moment."""
    return sum(one.came_min <= at_min < one.done_min for one in served)


def _waiting(served: Iterable[Served], at_min: float) -> int:
    return sum(one.came_min <= at_min < one.begun_min for one in served)


def _percentile(in_order: Sequence[float], share: float) -> float | None:
    """The least value that at least this share of all does not exceed."""
    return in_order[max(0, ceil(share * len(in_order)) - 1)] if in_order else None
