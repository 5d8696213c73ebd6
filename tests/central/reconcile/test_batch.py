"""Everything at once says what judging one by one says; the plain case is decided as the full model decides it."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from central.reconcile import batch, halves
from central.reconcile.batch import reconcile
from central.reconcile.judge import Knowledge, judge
from central.reconcile.names import name_of
from central.reconcile.settings import ReconcileSettings
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.records import PassageRecord
from simulation.province.days import make_province
from simulation.province.truth import Province

SETTINGS = ReconcileSettings()
REGIMES = ("import", "export", "temporary_import", "transit", "transfer")


@pytest.fixture(scope="module")
def days() -> Province:
    limits_h = {regime: SETTINGS.dwell_limit_h(regime) for regime in REGIMES}
    return make_province(seed=4, per_day=120, days=3, limits_h=limits_h)


@pytest.fixture(scope="module")
def outcomes(days: Province) -> list[OutcomeRecord]:
    knowledge = Knowledge(days.now)
    return reconcile(days.passages, days.declarations, now=days.now, settings=SETTINGS, knowledge=knowledge)


def nobodys(days: Province) -> list[PassageRecord]:
    """Passages whose plate nobody declared: what may have been misread."""
    keys = {name_of(declaration.plate).key for declaration in days.declarations}
    return [one for one in days.passages if one.plate is not None and name_of(one.plate.text).key not in keys]


def by_subject(outcomes: Iterable[OutcomeRecord]) -> dict[str, OutcomeRecord]:
    return {str(one.passage_id or one.declaration_id): one for one in outcomes}


def test_in_parts_and_in_any_order_the_same_is_said(days: Province, outcomes: list[OutcomeRecord]) -> None:
    """Each group judged apart, shuffled: as all passages and declarations judged together."""
    rng = random.Random(1)
    passages, declarations = (rng.sample(list(some), len(some)) for some in (days.passages, days.declarations))
    knowledge = Knowledge(days.now)
    together = judge(
        passages, declarations, now=days.now, settings=SETTINGS, knowledge=knowledge, misread=nobodys(days)
    )
    shuffled = reconcile(passages, declarations, now=days.now, settings=SETTINGS, knowledge=knowledge)
    assert by_subject(shuffled) == by_subject(outcomes) == by_subject(together.outcomes)


def test_two_processes_say_what_one_says(
    days: Province, outcomes: list[OutcomeRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shared out as a million are."""
    monkeypatch.setattr(batch, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(halves, "_AT_ONCE", 5)  # of a hundred and more groups: neither has time to take all turns
    knowledge = Knowledge(days.now)
    shared = reconcile(days.passages, days.declarations, now=days.now, settings=SETTINGS, knowledge=knowledge)
    assert by_subject(shared) == by_subject(outcomes)


def test_what_is_plain_is_so_for_the_full_model(days: Province, outcomes: list[OutcomeRecord]) -> None:
    """Nothing sealed beforehand: the same declarations; in one of a hundred passages a person is asked as well."""
    knowledge = Knowledge(days.now)
    full = judge(
        days.passages,
        days.declarations,
        now=days.now,
        settings=SETTINGS,
        knowledge=knowledge,
        sealed={},
        misread=nobodys(days),
    )
    weighed = by_subject(full.outcomes)
    plain = [one for one in outcomes if one.passage_id is not None and one.outcome is not OutcomeKind.TO_REVIEW]
    asked = [one for one in plain if weighed[str(one.passage_id)].outcome is OutcomeKind.TO_REVIEW]
    assert len(asked) <= len(plain) // 100
    for one in plain:
        other = weighed[str(one.passage_id)]
        assert one.declaration_id == other.declaration_id
        assert other.outcome in (one.outcome, OutcomeKind.TO_REVIEW)


def test_almost_everything_is_linked_rightly(days: Province, outcomes: list[OutcomeRecord]) -> None:
    """On days whose truth is known: nineteen of twenty linked by themselves, and hardly one wrongly."""
    linked = right = 0
    for one in outcomes:
        if one.passage_id is not None and one.declaration_id and one.outcome is not OutcomeKind.TO_REVIEW:
            linked += 1
            right += one.declaration_id in days.passage_truth[one.passage_id].declaration_ids
    declared = sum(bool(truth.declaration_ids) for truth in days.passage_truth.values())
    assert right >= 0.95 * declared
    assert linked - right <= max(1, linked // 300)
