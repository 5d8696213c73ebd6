"""How many will come in the next hours, and how long the queue will be; and how wrong such a forecast was. Pure.

What is usual at an hour of the week, times how today differs from the usual so far. docs/traffic.md has the formulas
and the measured error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from central.traffic.rates import HOUR, HourlyCounts

_WEEKS: Final = 4
_PLAIN_DAYS: Final = 1.0
"""The factor of a weekday begins as if so many of its days had been like all others."""
_TREND_H: Final = 48
_HALVED_EACH_H: Final = 12.0
"""How far back the trend looks, and how fast it forgets."""
_TREND_PRIOR: Final = 20.0
"""The trend begins as if so many vehicles had come just as usual."""
_LEAST_TREND, _MOST_TREND = 0.2, 4.0
_SHOWN_DAYS, _BETTER_DAYS = 14, 2
"""Capacity of an hour: of the last fourteen days at this hour the best but two."""


@dataclass(frozen=True, slots=True)
class ExpectedHour:
    """What is expected of one hour.

    Attributes:
        arrivals: vehicles that come.
        cleared: vehicles that are cleared.
        queue: vehicles that wait at its end.

    """

    hour_at: datetime
    arrivals: float
    cleared: float
    queue: float


@dataclass(frozen=True, slots=True)
class ForecastError:
    """Mean absolute error of forecasts in vehicles an hour, beside two that need no method.

    Attributes:
        hours: forecasts that were held against what came.
        mean: vehicles an hour that came on average.

    """

    hours: int
    mean: float
    forecast: float
    yesterday: float
    last_week: float


class Forecast:
    """Made from the hours up to now."""

    def __init__(self, history: HourlyCounts) -> None:
        """The last of the hours is the one before now; of more than a few weeks the newest are taken."""
        self._history = history
        self._usual = _usual_week(history)
        self.trend = self._trend()
        """How the last hours differ from the usual: 1.2 is a fifth more."""

    def arrivals(self, ahead: int) -> float:
        """Vehicles expected in one hour; `ahead` 0 is the hour that begins now."""
        return self._usual[self._history.hour_of_week(len(self._history.counts) + ahead)] * self.trend

    def _trend(self) -> float:
        counts = self._history.counts
        came = usual = _TREND_PRIOR
        for back in range(1, min(_TREND_H, len(counts)) + 1):
            weight = 0.5 ** ((back - 1) / _HALVED_EACH_H)
            came += weight * counts[-back]
            usual += weight * self._usual[self._history.hour_of_week(len(counts) - back)]
        return min(_MOST_TREND, max(_LEAST_TREND, came / usual))


def _usual_week(history: HourlyCounts) -> tuple[float, ...]:
    """What is usual at each of the 168 hours of a week: mean of the hour of day × factor of the weekday.

    From the four weeks before the span of the trend, so that the trend is not held against itself.
    """
    counts = history.counts
    end = len(counts) - _TREND_H if len(counts) > _TREND_H else len(counts)
    by_hour: dict[int, list[int]] = defaultdict(list)
    by_weekday: dict[int, list[int]] = defaultdict(list)
    for hour in range(max(0, end - _WEEKS * 168), end):
        weekday, hour_of_day = divmod(history.hour_of_week(hour), 24)
        by_hour[hour_of_day].append(counts[hour])
        by_weekday[weekday].append(counts[hour])
    usual = [sum(found) / len(found) if (found := by_hour[hour]) else 0.0 for hour in range(24)]
    mean = sum(usual) / 24
    return tuple(_factor(by_weekday[weekday], mean) * of_hour for weekday in range(7) for of_hour in usual)


def _factor(counts: Sequence[int], mean: float) -> float:
    """How a weekday differs from the mean hour, taken as 1 where little is known of it."""
    known = len(counts) + 24 * _PLAIN_DAYS
    return (sum(counts) + 24 * _PLAIN_DAYS * mean) / (known * mean) if mean else 1.0


def expected_hours(
    arrivals: HourlyCounts, cleared: HourlyCounts, *, queue: int, hours: int
) -> tuple[ExpectedHour, ...]:
    """The next hours: arrivals as forecast, cleared what the gate has shown that it can do at that hour of day.

    `queue` is what waits now; both histories end now.

    Raises:
        ValueError: the two histories do not end together.

    """
    if arrivals.until != cleared.until:
        raise ValueError(
            f"expected histories that end together, got {arrivals.until.isoformat()} and {cleared.until.isoformat()}"
        )
    forecast, waiting = Forecast(arrivals), float(queue)
    found: list[ExpectedHour] = []
    for ahead in range(hours):
        come = forecast.arrivals(ahead)
        done = min(waiting + come, capacity(cleared, ahead))
        waiting += come - done
        found.append(ExpectedHour(arrivals.until + ahead * HOUR, come, done, waiting))
    return tuple(found)


def capacity(cleared: HourlyCounts, ahead: int) -> float:
    """Vehicles that can be cleared in an hour to come: the third best of the last fourteen days at this hour.

    Fewer days known: the best but a fifth of them.
    """
    hour = len(cleared.counts) + ahead
    first = hour % 24
    shown = sorted(cleared.counts[first::24][-_SHOWN_DAYS:], reverse=True)
    return float(shown[min(len(shown) - 1, len(shown) * _BETTER_DAYS // _SHOWN_DAYS)]) if shown else 0.0


def measured(history: HourlyCounts, *, days: int, ahead: int) -> ForecastError:
    """How wrong forecasts were over the last `days`: made at every hour of them, for each of the next `ahead` hours.

    Each is made from the hours before it alone.

    Raises:
        ValueError: there is no week before these days.

    """
    counts = history.counts
    begin = len(counts) - days * 24
    if begin < 168 or ahead < 1 or days < 1:
        raise ValueError(f"expected at least a week before {days} days and an hour ahead, got {len(counts)} hours")
    came = errors = naive = weekly = 0.0
    made = 0
    for now in range(begin, len(counts)):
        forecast = Forecast(HourlyCounts(history.first_at, counts[:now], history.utc_offset_h))
        for hour in range(now, min(now + ahead, len(counts))):
            came += counts[hour]
            errors += abs(forecast.arrivals(hour - now) - counts[hour])
            naive += abs(counts[hour - 24] - counts[hour])
            weekly += abs(counts[hour - 168] - counts[hour])
            made += 1
    return ForecastError(made, came / made, errors / made, naive / made, weekly / made)
