"""A day as it was is told by its model, before anybody asks what if."""

from __future__ import annotations

from datetime import timedelta

import pytest

from central.traffic.same_day import same_day
from central.traffic.what_if import Day, Lane, run, steady, what_if
from tests.central.made import NOON

MINUTE = timedelta(minutes=1)
OPEN = (Lane(opens_min=8 * 60, closes_min=20 * 60),) * 3


def test_the_minutes_of_a_day_are_found_again_and_its_stock_is_told() -> None:
    """A made-up day at three lanes of twelve minutes: 240 came, some stood there before, not all were cleared."""
    truth = run(Day(tuple(6 * 60.0 + 3 * number for number in range(240)), OPEN, steady(12.0), stock_before=30))
    arrived = [NOON + one.came_min * MINUTE for one in truth[30:]]
    cleared = [NOON + one.done_min * MINUTE for one in truth if one.done_min < 24 * 60]
    others = [NOON - MINUTE, NOON + 24 * 60 * MINUTE]
    found = same_day([*arrived, *others], [*cleared, *others], began_at=NOON, lanes=OPEN, stock_before=30)
    assert found.busy_hours == tuple(range(8, 20))
    assert found.service_min == pytest.approx(12.0, rel=0.02)
    assert found.stock_counted[20 - 1] == 30 + 240 - 12 * 15 + 3  # three are begun with and not finished at 20:00
    assert found.mean_error < 12  # service is drawn, so a day of 180 vehicles wanders by a few
    assert len(found.day.arrivals_min) == 240
    assert what_if(found.day.with_lanes(1)).stock_at < what_if(found.day).stock_at


def test_a_day_without_a_queue_says_nothing_of_what_its_lanes_can_do() -> None:
    """Lanes that were never full may be fast or slow."""
    with pytest.raises(ValueError, match="choose hours with a queue"):
        same_day([NOON], [NOON + MINUTE], began_at=NOON, lanes=OPEN)
