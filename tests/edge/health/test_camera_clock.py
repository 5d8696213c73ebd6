"""How far a camera's clock may be off, and what is told of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import HealthReason, Severity
from edge.health.clock import CameraClock


def after(*answers: float | None) -> CameraClock:
    clock = CameraClock()
    for answer in answers:
        clock.answered(answer)
    return clock


@pytest.mark.parametrize(
    ("off_s", "severity"), [(6.0, Severity.MODERATE), (-59.0, Severity.MODERATE), (61.0, Severity.SEVERE)]
)
def test_a_clock_that_is_off_is_told_at_the_second_answer(off_s: float, severity: Severity) -> None:
    """With how far, whichever way."""
    assert after(0.3, off_s).finding is None
    finding = after(0.3, off_s, off_s).finding
    assert finding is not None
    assert (finding.code, finding.severity, finding.measure) == (HealthReason.CLOCK_DRIFT, severity, abs(off_s))


def test_one_odd_answer_is_none_and_two_right_ones_heal() -> None:
    """Between the limits nothing changes."""
    assert after(0.2, 300.0, 0.4, 300.0, 0.1).finding is None
    assert after(9.0, 9.0, 0.2).finding is not None
    assert after(9.0, 9.0, 4.5, 4.5, 4.5).finding is not None
    assert after(9.0, 9.0, 0.2, 0.3).finding is None


def test_a_finding_stands_while_the_camera_does_not_answer() -> None:
    """And what was never told is not known."""
    assert after(9.0, 9.0, None, None).finding is not None
    assert after(1.0, None).offset_s is None


@given(hours=st.integers(-12, 14), off_s=st.floats(-4.0, 4.0))
def test_a_time_zone_is_no_fault(hours: int, off_s: float) -> None:
    """Local time told as if it were UTC; the rest is judged."""
    assert after(*[hours * 3600.0 + off_s] * 3).finding is None
    assert after(*[hours * 3600.0 + 8.0] * 3).finding is not None


def test_a_clock_that_was_never_set_is_no_time_zone() -> None:
    """Years behind."""
    finding = after(*[-365 * 86_400.0] * 2).finding
    assert finding is not None
    assert finding.severity is Severity.SEVERE
