"""More frames than asked for are thinned out evenly."""

from __future__ import annotations

import random

import pytest

from edge.cameras.pace import Pace


@pytest.mark.parametrize(("sent_fps", "expected"), [(2, 20), (5, 50), (5.5, 50), (12.5, 50), (25, 50)])
def test_frames_are_thinned_to_the_wanted_rate(sent_fps: float, expected: int) -> None:
    """In ten seconds about fifty frames pass at five a second, and no frame of a slower camera is lost to jitter."""
    rng = random.Random(1)
    pace = Pace(5)
    times_s = [number / sent_fps + rng.uniform(-0.01, 0.01) for number in range(int(10 * sent_fps))]
    assert sum(pace.wants(at_s) for at_s in times_s) == pytest.approx(expected, abs=2)


def test_a_pause_is_not_caught_up() -> None:
    """After a pause frames come at their rate again, not in a burst."""
    pace = Pace(5)
    pace.wants(0.0)
    assert [pace.wants(60 + number * 0.02) for number in range(10)].count(True) <= 2
