"""The forecast knows the week and follows today; its error is measured against what needs no method."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.traffic_forecast import made_up_arrivals
from central.traffic.forecast import Forecast, capacity, expected_hours, measured
from central.traffic.rates import HourlyCounts

DAY = [0] * 6 + [10, 30, 60, 60, 40, 20, 10, 30, 40, 40, 30, 20, 10, 0, 0, 0, 0, 0]
WEEK = [count * (2 if day < 5 else 1) for day in range(7) for count in DAY]


MIDNIGHT = datetime(2026, 5, 3, 17, tzinfo=UTC)
"""Monday begins in Vietnam."""


def hourly(counts: list[int]) -> HourlyCounts:
    return HourlyCounts(MIDNIGHT, tuple(counts), 7.0)


def test_weekends_are_known_from_working_days() -> None:
    """Same weeks, half as many at weekends: Saturday's busiest hour is forecast near 60, Wednesday's near 120."""
    counts = WEEK * 6
    forecast = Forecast(hourly(counts))
    assert forecast.trend == pytest.approx(1.0, abs=0.12)
    ahead_of_wednesday, ahead_of_saturday = 2 * 24 + 8, 5 * 24 + 8
    assert counts[ahead_of_wednesday] == 120
    assert forecast.arrivals(ahead_of_wednesday) == pytest.approx(120, rel=0.15)
    assert forecast.arrivals(ahead_of_saturday) == pytest.approx(60, rel=0.25)
    assert forecast.arrivals(0) == 0.0


def test_a_busy_day_raises_what_is_expected_of_its_evening() -> None:
    """Twice as many as ever since morning: nearly twice as many for the rest of the day."""
    ever, busy = DAY * 35 + DAY[:12], DAY * 35 + [2 * count for count in DAY[:12]]
    assert Forecast(hourly(ever)).trend == pytest.approx(1.0)
    assert 1.4 < Forecast(hourly(busy)).trend < 2.0
    assert Forecast(hourly(busy)).arrivals(2) > 1.4 * Forecast(hourly(ever)).arrivals(2)


def test_a_gate_of_which_nothing_is_known_expects_nobody() -> None:
    """No history is no error."""
    assert Forecast(hourly([])).arrivals(3) == 0.0
    assert Forecast(hourly([7])).arrivals(0) >= 0.0


def test_the_queue_grows_by_who_comes_and_shrinks_by_what_the_gate_has_shown() -> None:
    """30 come each hour; the gate clears 50 an hour while it is open, two hours of the next four: by hand."""
    arrivals = hourly([30] * 24 * 35)
    cleared = hourly(([50] * 2 + [0] * 22) * 35)
    hours = expected_hours(arrivals, cleared, queue=100, hours=4)
    assert [(hour.arrivals, hour.cleared, hour.queue) for hour in hours] == [
        (30.0, 50.0, 80.0),
        (30.0, 50.0, 60.0),
        (30.0, 0.0, 90.0),
        (30.0, 0.0, 120.0),
    ]
    assert hours[0].hour_at == arrivals.until


def test_one_record_day_is_no_capacity() -> None:
    """The best but two of the last fourteen days; of a single day, that day."""
    days = [40] * 11 + [99, 98, 41]
    assert capacity(hourly([count for day in days for count in [day] + [0] * 23]), 0) == 41.0
    assert capacity(hourly([40] + [0] * 23), 0) == 40.0
    assert capacity(hourly([]), 0) == 0.0


def test_histories_that_do_not_end_together_are_refused() -> None:
    """Yesterday's arrivals say nothing about today's queue."""
    with pytest.raises(ValueError, match="end together"):
        expected_hours(hourly([1, 2]), hourly([1]), queue=0, hours=1)


@given(
    st.lists(st.integers(0, 90), min_size=1, max_size=24 * 9),
    st.lists(st.integers(0, 90), min_size=24 * 9, max_size=24 * 9),
    st.integers(0, 2000),
)
@settings(max_examples=10, deadline=None)
def test_no_vehicle_appears_or_gets_lost(arrivals: list[int], cleared: list[int], queue: int) -> None:
    """Queue before + who comes − who is cleared is the queue after, and nobody is cleared who is not there."""
    hours = expected_hours(hourly(arrivals), hourly(cleared[: len(arrivals)]), queue=queue, hours=12)
    waiting = float(queue)
    for hour in hours:
        assert hour.cleared <= waiting + hour.arrivals + 1e-6
        waiting += hour.arrivals - hour.cleared
        assert hour.queue == pytest.approx(waiting, abs=1e-6)
        assert hour.queue >= -1e-6


def test_the_forecast_is_better_than_yesterday_and_last_week() -> None:
    """On made-up days that were not looked at while it was made. The number for 30 days is in docs/traffic.md."""
    error = measured(made_up_arrivals(11, 4), days=4, ahead=6)
    assert error.hours == 4 * 24 * 6 - 15
    assert error.forecast < 0.9 * min(error.yesterday, error.last_week)


def test_the_error_is_that_of_forecasts_that_know_nothing_of_what_comes() -> None:
    """A week without change is forecast to the vehicle; ten that come unforeseen are an error of ten."""
    same = [20] * 24 * 14
    assert measured(hourly(same), days=2, ahead=1).forecast == pytest.approx(0.0)
    jump = measured(hourly([*same[:-1], 30]), days=1, ahead=1)
    assert (jump.hours, jump.mean) == (24, pytest.approx(490 / 24))
    assert jump.forecast == jump.yesterday == jump.last_week == pytest.approx(10 / 24)


def test_an_error_needs_a_week_before_it() -> None:
    """Else there is nothing to hold it against."""
    with pytest.raises(ValueError, match="at least a week before 2 days"):
        measured(hourly([1] * 24 * 8), days=2, ahead=6)
