"""A day as it was, as a model that can be asked what if: its arrivals, and the minutes that its lanes needed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from central.traffic.rates import HourlyCounts
from central.traffic.what_if import Day, Lane, exponential, run, service_min, stock_at

_MINUTE: Final = timedelta(minutes=1)
_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class SameDay:
    """A day's model, and how well it tells of the day as it was: that is how far it can be believed of another one.

    Attributes:
        service_min: minutes that a vehicle took a lane, from the busy hours.
        busy_hours: hours of the day (0–23) with all lanes open and vehicles waiting at both ends.
        stock_counted, stock_modelled: vehicles in the yards at the end of each hour.

    """

    day: Day
    service_min: float
    busy_hours: tuple[int, ...]
    stock_counted: tuple[int, ...]
    stock_modelled: tuple[int, ...]

    @property
    def mean_error(self) -> float:
        """Mean difference of the two stocks, in vehicles."""
        pairs = zip(self.stock_counted, self.stock_modelled, strict=True)
        return sum(abs(counted - modelled) for counted, modelled in pairs) / _HOURS


def same_day(
    arrived: Sequence[datetime],
    cleared: Iterable[datetime],
    *,
    began_at: datetime,
    lanes: tuple[Lane, ...],
    stock_before: int = 0,
    seed: int = 1,
) -> SameDay:
    """The model of the 24 hours from `began_at`; what arrived or was cleared before or after them is left out.

    Raises:
        ValueError: no hour had a queue before open lanes: then nobody knows what they can do.

    """
    until = began_at + timedelta(hours=_HOURS)
    came, went = (
        HourlyCounts.count(times, since=began_at, until=until, utc_offset_h=0.0).counts for times in (arrived, cleared)
    )
    counted = _stocks(stock_before, came, went)
    busy = tuple(
        hour
        for hour in range(_HOURS)
        if min((stock_before, *counted)[hour : hour + 2]) > len(lanes) and all(_is_open(lane, hour) for lane in lanes)
    )
    minutes = service_min(cleared=sum(went[hour] for hour in busy), lanes=len(lanes), busy_h=len(busy))
    arrivals_min = tuple((at - began_at) / _MINUTE for at in arrived if began_at <= at < until)
    day = Day(arrivals_min, lanes, exponential(minutes), stock_before, seed)
    served = run(day)
    modelled = tuple(stock_at(served, hour * 60.0) for hour in range(1, _HOURS + 1))
    return SameDay(day, minutes, busy, counted, modelled)


def _stocks(before: int, came: Sequence[int], went: Sequence[int]) -> tuple[int, ...]:
    found: list[int] = []
    for arrived, cleared in zip(came, went, strict=True):
        before += arrived - cleared
        found.append(before)
    return tuple(found)


def _is_open(lane: Lane, hour: int) -> bool:
    return lane.opens_min <= hour * 60.0 and (hour + 1) * 60.0 <= lane.closes_min
