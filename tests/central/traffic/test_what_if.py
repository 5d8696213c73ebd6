"""The queue model: by hand, against queueing theory, and what every change must do."""

from __future__ import annotations

import random
from itertools import accumulate
from math import inf, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.traffic.what_if import (
    Assumption,
    Day,
    Lane,
    Outcome,
    as_on,
    exponential,
    run,
    service_min,
    steady,
    what_if,
)

OPEN = Lane(opens_min=8 * 60, closes_min=20 * 60)


def busy_day(lanes: int = 2, **more: int) -> Day:
    """A vehicle every 4 minutes from 7:00 to 19:00, two lanes of 10 minutes from 8:00 to 20:00: more than they can do."""
    return Day(tuple(7 * 60.0 + 4 * number for number in range(180)), (OPEN,) * lanes, steady(10.0), **more)


def test_a_tiny_day_by_hand() -> None:
    """One lane from minute 10 to 31, ten minutes a vehicle; one stood there, three come at 5, 15 and 50.

    The first is begun with at 10, the second at 20, the third at 30 (and finished at 40, after closing), the last at 10
    on the next day.
    """
    day = Day((50.0, 5.0, 15.0), (Lane(10.0, 31.0),), steady(10.0), stock_before=1)
    assert [(one.came_min, one.begun_min, one.done_min) for one in run(day)] == [
        (0.0, 10.0, 20.0),
        (5.0, 20.0, 30.0),
        (15.0, 30.0, 40.0),
        (50.0, 1450.0, 1460.0),
    ]
    assert what_if(day, hours=2, stock_at_h=0.5) == Outcome(
        vehicles=4,
        queue_by_hour=(1, 1),
        stock_at=1,
        wait_p50_min=15.0,
        wait_p95_min=1400.0,
        left_over=1,
        assumptions=tuple(Assumption),
    )


def test_a_second_lane_and_an_earlier_end_by_hand() -> None:
    """The same tiny day: with two lanes nobody but the last waits long; closed at 21 the third is left over, too."""
    day = Day((50.0, 5.0, 15.0), (Lane(10.0, 31.0),), steady(10.0), stock_before=1)
    assert [one.begun_min for one in run(day.with_lanes(1))] == [10.0, 10.0, 20.0, 1450.0]
    assert [one.begun_min for one in run(day.closing_earlier(10.0))] == [10.0, 20.0, 1450.0, 1460.0]


def test_vehicles_that_come_as_fast_as_they_are_cleared_do_not_wait() -> None:
    """D/D/1: below the capacity nobody waits; above it the n-th waits n times what one is too fast."""
    below = Day(tuple(10.0 * n for n in range(500)), (Lane(),), steady(9.0))
    assert {one.wait_min for one in run(below)} == {0.0}
    above = Day(tuple(8.0 * n for n in range(500)), (Lane(),), steady(10.0))
    assert [one.wait_min for one in run(above)] == pytest.approx([2.0 * n for n in range(500)])


def poisson(per_min: float, vehicles: int) -> tuple[float, ...]:
    rng = random.Random(7)
    return tuple(accumulate(rng.expovariate(per_min) for _ in range(vehicles)))


def test_waiting_is_that_of_queueing_theory_with_one_lane() -> None:
    """M/M/1 at ρ = 0.6, 40,000 vehicles: mean wait ρ/(µ−λ), its 95th percentile ln(ρ/0.05)/(µ−λ), within 5 %."""
    arrive, serve = 0.6, 1.0
    served = run(Day(poisson(arrive, 40_000), (Lane(),), exponential(1.0 / serve), seed=3))
    waits = sorted(one.wait_min for one in served)
    rho = arrive / serve
    assert sum(waits) / len(waits) == pytest.approx(rho / (serve - arrive), rel=0.05)
    assert waits[int(0.95 * len(waits))] == pytest.approx(log(rho / 0.05) / (serve - arrive), rel=0.05)
    assert sum(wait == 0.0 for wait in waits) / len(waits) == pytest.approx(1 - rho, abs=0.01)


def test_waiting_is_that_of_queueing_theory_with_three_lanes() -> None:
    """M/M/3 at ρ = 0.7: the share that waits is Erlang's C, their mean wait 1/(3µ−λ); within 5 %."""
    lanes, serve, arrive = 3, 1.0, 2.1
    load = arrive / serve
    tail = load**lanes / 6 * lanes / (lanes - load)
    erlang_c = tail / (1 + load + load**2 / 2 + tail)
    waits = [one.wait_min for one in run(Day(poisson(arrive, 40_000), (Lane(),) * lanes, exponential(1.0), seed=5))]
    assert sum(wait > 0 for wait in waits) / len(waits) == pytest.approx(erlang_c, rel=0.05)
    assert sum(waits) / len(waits) == pytest.approx(erlang_c / (lanes * serve - arrive), rel=0.08)


def test_the_same_day_with_one_more_lane_or_china_closing_two_hours_earlier() -> None:
    """180 vehicles, 12 an hour cleared by two lanes and 15 coming: the numbers of each by hand."""
    as_it_was, one_more, earlier = (
        what_if(busy_day()),
        what_if(busy_day().with_lanes(1)),
        what_if(busy_day().closing_earlier(120)),
    )
    assert as_it_was.queue_by_hour[7 - 1] == 1  # the first has just come
    assert as_it_was.queue_by_hour[8 - 1] == 16 - 2  # 16 have come, two lanes begin
    assert (as_it_was.stock_at, one_more.stock_at, earlier.stock_at) == (180 - 144, 0, 180 - 120)
    assert (as_it_was.left_over, one_more.left_over, earlier.left_over) == (36, 0, 60)
    # Of the 36 left over, pair j (0–17) is begun with at 8:00 + 10j next day and came at 16:36 + 8j: waits of 924 + 2j
    # and 920 + 2j minutes. The tenth longest of 958, 956, 954, 954, 952 … is the 95th percentile of 180.
    assert as_it_was.wait_p95_min == 948.0
    assert one_more.wait_p95_min is not None
    assert one_more.wait_p95_min < 60.0


def test_service_is_told_by_what_was_cleared_while_vehicles_waited() -> None:
    """Two lanes that cleared 36 in three busy hours needed ten minutes a vehicle; the model clears as many."""
    minutes = service_min(cleared=36, lanes=2, busy_h=3.0)
    assert minutes == 10.0
    served = run(Day((), (Lane(),) * 2, steady(minutes), stock_before=100))
    assert sum(one.done_min <= 180 for one in served) == 36
    with pytest.raises(ValueError, match="choose hours with a queue"):
        service_min(cleared=0, lanes=2, busy_h=3.0)


def test_service_as_on_other_days_is_drawn_from_them() -> None:
    """Nothing that was not seen."""
    served = run(Day((0.0,) * 50, (Lane(),), as_on((3.0, 8.0))))
    assert {round(one.done_min - one.begun_min, 6) for one in served} == {3.0, 8.0}


def test_a_day_without_lanes_or_before_its_begin_is_refused() -> None:
    """A sentence says what is missing."""
    with pytest.raises(ValueError, match="at least one lane"):
        Day((), (), steady(1.0))
    with pytest.raises(ValueError, match="minutes from the day's begin"):
        Day((-1.0,), (Lane(),), steady(1.0))


def test_nobody_came() -> None:
    """No wait is not a wait of 0."""
    nobody = what_if(Day((), (Lane(),), steady(1.0)))
    assert (nobody.vehicles, nobody.wait_p50_min, nobody.stock_at) == (0, None, 0)


@given(
    st.lists(st.floats(0, 1440), max_size=60),
    st.integers(1, 3),
    st.integers(0, 10),
    st.floats(0, 300),
    st.integers(0, 9),
)
@settings(max_examples=40, deadline=None)
def test_a_lane_more_makes_nobody_wait_longer_and_an_earlier_end_leaves_no_fewer(
    arrivals: list[float], lanes: int, before: int, earlier: float, seed: int
) -> None:
    """On any day: that is what common minutes of service are for."""
    day = Day(tuple(arrivals), (OPEN,) * lanes, exponential(9.0), before, seed)
    as_it_was, more, shorter = run(day), run(day.with_lanes(1)), run(day.closing_earlier(earlier))
    for was, with_more, with_less in zip(as_it_was, more, shorter, strict=True):
        assert with_more.begun_min <= was.begun_min <= with_less.begun_min
    outcome = what_if(day)
    assert outcome.queue_by_hour[-1] == outcome.left_over
    assert outcome.vehicles == len(arrivals) + before


def test_a_lane_that_closes_before_it_opens_clears_nobody() -> None:
    """China closing so early that it does not open: everybody is left over, and nobody knows for how long."""
    shut = what_if(busy_day().closing_earlier(13 * 60.0))
    assert (shut.left_over, shut.wait_p50_min, shut.stock_at) == (180, inf, 180)
