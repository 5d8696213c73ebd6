"""A fault is told on lasting evidence, whatever comes between, and never without any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages import HealthFinding, HealthReason, Severity
from edge.health.damping import Damped

ENTER_S, HEAL_S, STEP_S = 4.0, 4.0, 0.2
CODES = (
    HealthReason.COVERED,
    HealthReason.DEFOCUSED,
    HealthReason.MOVED,
    HealthReason.DIRTY_LENS,
    HealthReason.NOISE,
    HealthReason.CORRUPTED,
)
Look = tuple[frozenset[HealthReason], frozenset[HealthReason]]
"""What was found at a look, and what could be judged."""


def a(code: HealthReason, severity: Severity = Severity.MODERATE) -> HealthFinding:
    return HealthFinding(code=code, severity=severity, measure=2.0, limit=1.0)


def see(damped: Damped, found: frozenset[HealthReason], judged: frozenset[HealthReason], severity: Severity) -> None:
    damped.see(
        [a(code, severity) for code in sorted(found)], judged | found, enter_s=ENTER_S, heal_s=HEAL_S, passed_s=STEP_S
    )


codes = st.frozensets(st.sampled_from(CODES))
spells = st.lists(st.tuples(codes, codes, st.integers(1, 40)), max_size=12)
"""What is found and what can be judged, for so many looks."""


def looks_of(script: list[tuple[frozenset[HealthReason], frozenset[HealthReason], int]]) -> list[Look]:
    return [(found, judged) for found, judged, looks in script for _ in range(looks)]


@given(script=spells, fault=st.sampled_from(CODES), others=codes, judged=codes, severity=st.sampled_from(Severity))
def test_no_fault_that_is_there_ends_untold(
    script: list[tuple[frozenset[HealthReason], frozenset[HealthReason], int]],
    fault: HealthReason,
    others: frozenset[HealthReason],
    judged: frozenset[HealthReason],
    severity: Severity,
) -> None:
    """Whatever was before: what is seen for twice `enter_s` is told at its end, as grave as it is or was."""
    damped = Damped()
    for found, judged_then in looks_of(script):
        see(damped, found, judged_then, Severity.SLIGHT)
    for _ in range(round(2 * ENTER_S / STEP_S) + 1):
        see(damped, others | {fault}, judged, severity)
    told = {finding.code: finding for finding in damped.told()}
    assert told[fault].severity is severity


@given(script=spells)
def test_nothing_is_told_that_was_not_seen_nor_for_ever(
    script: list[tuple[frozenset[HealthReason], frozenset[HealthReason], int]],
) -> None:
    """Only what was found; and when it is judged and found gone for long enough, nothing is left, told or suspected."""
    damped, seen = Damped(), set()
    for found, judged in looks_of(script):
        see(damped, found, judged, Severity.SEVERE)
        seen |= found
        assert {finding.code for finding in damped.told()} <= seen
    for _ in range(round(3 * HEAL_S / STEP_S)):
        see(damped, frozenset(), frozenset(CODES), Severity.SEVERE)
    assert damped.told() == ()
    assert not damped.suspected


@given(script=spells, fault=st.sampled_from(CODES))
def test_what_cannot_be_judged_stays_as_it_was(
    script: list[tuple[frozenset[HealthReason], frozenset[HealthReason], int]], fault: HealthReason
) -> None:
    """A fault that is told, and then cannot be judged for however long, is told still."""
    damped = Damped()
    for _ in range(round(2 * ENTER_S / STEP_S) + 1):
        see(damped, frozenset({fault}), frozenset(), Severity.SEVERE)
    for found, judged in looks_of(script):
        see(damped, found - {fault}, judged - {fault}, Severity.SLIGHT)
    assert fault in {finding.code for finding in damped.told()}


def test_a_mere_suspicion_of_what_cannot_be_judged_is_forgotten() -> None:
    """Nothing is learnt while one lasts: dusk would fall unseen behind lorries."""
    damped = Damped()
    for _ in range(round(ENTER_S / STEP_S)):
        see(damped, frozenset({HealthReason.DIRTY_LENS}), frozenset(), Severity.SEVERE)
    assert damped.suspected
    unjudged = frozenset({HealthReason.DIRTY_LENS})
    for _ in range(round(60 / STEP_S)):
        damped.see([], frozenset(), unjudged, enter_s=ENTER_S, heal_s=HEAL_S, passed_s=STEP_S)
    assert damped.suspected
    for _ in range(round(240 / STEP_S)):
        damped.see([], frozenset(), unjudged, enter_s=ENTER_S, heal_s=HEAL_S, passed_s=STEP_S)
    assert not damped.suspected


@pytest.mark.parametrize(
    ("code", "after_s"),
    [(HealthReason.COVERED, ENTER_S), (HealthReason.NOISE, 2 * ENTER_S), (HealthReason.CORRUPTED, 0.3 * ENTER_S)],
)
def test_how_long_a_fault_must_be_seen(code: HealthReason, after_s: float) -> None:
    """The less grave for longer, what comes in single pictures for less."""
    damped, seen_s = Damped(), 0.0
    while not damped.told():
        see(damped, frozenset({code}), frozenset(), Severity.MODERATE)
        seen_s += STEP_S
        assert seen_s < 30
    assert seen_s == pytest.approx(after_s, abs=STEP_S + 1e-6)


def test_the_gravest_stands_first() -> None:
    damped = Damped()
    for _ in range(60):
        see(damped, frozenset(CODES), frozenset(), Severity.MODERATE)
    order = list(HealthReason)
    told = [order.index(finding.code) for finding in damped.told()]
    assert told == sorted(told)
    assert len(told) == len(CODES)
