"""A camera's own rate is what it is held against; jerks count, a single hiccup does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages import HealthFinding, HealthReason, Severity
from edge.health.rate import FrameRate


class Clock:
    """Gives frames at moments and asks every half second."""

    def __init__(self) -> None:
        self.rate = FrameRate()
        self.now_s = 0.0
        self.number = 0
        self.found: list[HealthFinding | None] = []

    def runs(self, seconds: float, fps: float, *, told_fps: float | None = None, steady: bool = True) -> None:
        """Frames come evenly; `told_fps`: what the capture counted, where that differs."""
        end_s, due_s = self.now_s + seconds, self.now_s
        while self.now_s < end_s - 1e-9:
            self.now_s += 1 / fps
            self.number += 1
            self.rate.take(self.now_s, self.number, fresh=True)
            if self.now_s >= due_s:
                due_s += 0.5
                counted = fps if told_fps is None else told_fps
                self.found.append(self.rate.judge(self.now_s, counted, low_share=0.5, steady=steady))

    def stands(self, seconds: float, *, unseen: int = 0) -> None:
        """No new picture comes; `unseen`: the camera sent so many which the node had no time for."""
        self.now_s += seconds
        self.number += unseen


@pytest.mark.parametrize(
    ("fps", "severity"), [(9.0, Severity.MODERATE), (4.5, Severity.MODERATE), (3.0, Severity.SEVERE)]
)
def test_a_rate_below_half_of_the_usual_is_low(fps: float, severity: Severity) -> None:
    """Severe below two fifths of that; measure and limit are frames a second."""
    clock = Clock()
    clock.runs(10, 20)
    assert clock.found == [None] * len(clock.found)
    clock.runs(2, fps)
    found = clock.found[-1]
    assert found is not None
    assert (found.code, found.severity, found.measure) == (HealthReason.LOW_FPS, severity, fps)
    assert found.limit == pytest.approx(10.0, abs=0.1)


@settings(max_examples=40, deadline=None)
@given(usual=st.floats(1.0, 30.0), wobble=st.lists(st.floats(0.6, 1.5), min_size=3, max_size=12))
def test_a_camera_slow_by_nature_is_none_that_got_slow(usual: float, wobble: list[float]) -> None:
    """Whatever rate it comes with, and while it varies by less than half."""
    clock = Clock()
    clock.runs(8, usual)
    for share in wobble:
        clock.runs(3, usual, told_fps=usual * share)
    assert clock.found == [None] * len(clock.found)


def test_pictures_that_come_in_jerks_are_told_and_one_hiccup_is_not() -> None:
    clock = Clock()
    clock.runs(10, 10)
    clock.stands(2)
    clock.runs(11, 10)
    assert clock.found == [None] * len(clock.found)
    for _ in range(3):
        clock.stands(1.2)
        clock.runs(1.5, 10)
    found = clock.found[-1]
    assert found is not None
    assert (found.code, found.measure) == (HealthReason.LOW_FPS, 3.0)
    clock.runs(11, 10)
    assert clock.found[-1] is None


def test_a_node_that_had_no_time_blames_no_camera() -> None:
    """The camera counts its pictures on; those left out were ours to look at. A true jerk is told all the same."""
    clock = Clock()
    clock.runs(10, 10)
    for _ in range(6):
        clock.stands(1.2, unseen=12)
        clock.runs(1.5, 10)
    assert clock.found == [None] * len(clock.found)
    for _ in range(3):
        clock.stands(1.2, unseen=2)
        clock.runs(1.5, 10)
    assert clock.found[-1] is not None


def test_a_fault_never_becomes_usual() -> None:
    """Hours at a low rate, and hours of another fault, leave the limit where it was."""
    clock = Clock()
    clock.runs(10, 20)
    clock.runs(1800, 2)
    clock.runs(600, 12, steady=False)
    assert clock.rate.usual_fps == pytest.approx(20, abs=0.5)
