"""Weeks and a surge through central: what the verdicts are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from central.store.traffic_records import KeptChange
from central.traffic.rates import HourlyCounts
from contract.errors import SmartGateError
from simulation.day.surge import CALLS_AT, CLIMB, Surge
from simulation.day.weeks import try_weeks

MONDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)
STEP = timedelta(minutes=5)


def test_the_forecast_is_made_from_what_central_has_of_the_days(tmp_path: Path) -> None:
    """Every hour as it was, a rush hour that comes each day is foreseen, and the same days are not made twice."""
    came = HourlyCounts(MONDAY, tuple(3 if hour % 24 == 2 else 0 for hour in range(8 * 24)), 7.0)
    found = try_weeks(1, came, 1, tmp_path)
    assert (found.passages, found.wrong_hours) == (24, 0)
    assert found.error.yesterday == found.error.last_week == 0.0
    assert not found.better  # nothing is nearer than a yesterday that was just the same
    assert found.verdict.startswith("NOT better: ")
    assert replace(found, error=replace(found.error, yesterday=found.error.forecast + 1)).better
    assert not replace(found, wrong_hours=1, error=replace(found.error, yesterday=99.0)).better
    with pytest.raises(SmartGateError, match=r"without weeks\.db"):
        try_weeks(1, came, 1, tmp_path)


def surge() -> Surge:
    """A day that goes as it should: the yards stand for two hours at each level, up and down."""
    stocks: dict[datetime, int] = {}
    changes: list[KeptChange] = []
    now = MONDAY
    for before, after in CLIMB:
        level = after if after > before else before
        stood = CALLS_AT[level] if after > before else round(0.8 * CALLS_AT[level])
        for _ in range(24):
            now += STEP
            stocks[now] = stood
        called = ("stock",) if after > before else ()
        figures = {"stock": stood, "arrivals": 40, "cleared": 40}
        changes.append(KeptChange(now, before, after, called, figures, 1, "a plan"))
    return Surge(stocks, tuple(changes), [0, *(one.after for one in changes)])


def test_a_surge_that_goes_as_it_should() -> None:
    """No fault, and the way up and down in the verdict."""
    assert surge().faults == ()
    assert surge().verdict.startswith("as it should be: level 0-1-2-3-4-3-2-1-0, each once; up to 1500 vehicles")


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda day: setattr(day, "changes", day.changes[:4]), "expected each level once up and once down"),
        (lambda day: setattr(day, "changes", (*day.changes, *day.changes[:1])), "got 9 changes"),
        (lambda day: day.stocks.update({day.changes[2].at: 901}), "2 to 3 at 23:00 UTC: stock 900, really 901"),
        (lambda day: day.stocks.update({day.changes[1].at - 2 * STEP: 699}), "1 to 2 at 21:00 UTC: nothing called for"),
        (lambda day: day.stocks.update({day.changes[5].at - 9 * STEP: 811}), "3 to 2 at 05:00 UTC: no calm"),
        (lambda day: setattr(day, "playbooks", [0, 1, 2, 3, 3, 3, 2, 1, 0]), "expected playbooks of the levels"),
        (lambda day: setattr(day, "stale", 1), "1 playbooks that were over were taken"),
    ],
)
def test_what_is_wrong_with_a_surge_is_named(spoil, fault: str) -> None:
    """Flapping, a wrong stock, a change without evidence, another playbook: the verdict says which."""
    day = surge()
    spoil(day)
    assert fault in day.verdict
    assert day.verdict.startswith("NOT as it should be: ")
