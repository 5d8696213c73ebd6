"""Vehicles by the hour, and how long the stock will take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf

import pytest

from central.traffic.rates import HourlyCounts, days_to_clear
from tests.central.made import NOON

HOUR = timedelta(hours=1)


def test_an_hour_holds_its_begin_and_not_its_end() -> None:
    """What happened before or after the span counts nowhere."""
    minutes = (-1, 0, 59, 60, 179, 180)
    times = [NOON + timedelta(minutes=minute) for minute in minutes]
    hours = HourlyCounts.count(times, since=NOON, until=NOON + 3 * HOUR, utc_offset_h=7)
    assert (hours.counts, hours.until) == ((2, 1, 1), NOON + 3 * HOUR)
    assert (hours.last(2), hours.last(0), hours.per_hour(2), hours.per_hour(9)) == (2, 0, 1.0, pytest.approx(4 / 3))


def test_weeks_begin_where_people_are() -> None:
    """Monday's first hour in Vietnam is 17:00 UTC on Sunday."""
    sunday = datetime(2026, 5, 3, 16, 0, tzinfo=UTC)
    hours = HourlyCounts(sunday, (0, 0), 7.0)
    assert [hours.hour_of_week(hour) for hour in (0, 1, 25, 169)] == [167, 0, 24, 0]


@pytest.mark.parametrize(
    ("stock", "cleared", "days"),
    [
        (1500, (900, 80, 100, 90), 1500 / 90),
        (400, (800,), 0.5),
        (400, (), None),
        (400, (0, 0, 0), inf),
        (0, (0, 0, 0), 0.0),
    ],
)
def test_days_to_clear_go_by_the_last_three_days(stock: int, cleared: tuple[int, ...], days: float | None) -> None:
    """Stock ÷ mean of the last three days, as many of them as are known."""
    assert days_to_clear(stock, cleared, 3) == (None if days is None else pytest.approx(days))
