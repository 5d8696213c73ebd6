"""Decisions on both databases: kept with their numbers, one that counts, and what waits without one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from central.decisions import DecisionDesk, DecisionRefusedError
from central.queue import waiting_cases
from central.store import Store
from central.store.decision_records import DecisionKind, ReadCheck
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from tests.central.made import NOON, declared, passage

FIRST, SECOND = UUID(int=1001), UUID(int=1002)
HOUR = timedelta(hours=1)


def test_what_was_decided_waits_no_longer_until_something_new_is_found(store: Store) -> None:
    """Also after an undo, and with zero bytes in what was written; a declaration is given once."""
    with store.transaction(NOON) as transaction:
        store.passages.save(transaction, passage(1), passage(2, "29H99999"), late_after=HOUR)
        store.declarations.save(transaction, declared(), payload="{}")
        said = [
            OutcomeRecord(OutcomeKind.TO_REVIEW, (Reason(ReasonCode.NO_DECLARATION),), one, None, 0.0, NOON)
            for one in (FIRST, SECOND)
        ]
        store.outcomes.revise(transaction, said)
    desk = DecisionDesk(store, clock=lambda: NOON + HOUR)

    def waiting() -> set[UUID]:
        found = {case.waiting.passage_id for case in waiting_cases(store, NOON + HOUR)}
        assert store.decisions.waiting_count(NOON) == len(found)
        return found

    assert waiting() == {FIRST, SECOND}
    kept = desk.decide(FIRST, DecisionKind.LINK, version=0, actor="lan", why="a\0b", declaration_id="HN-000001")
    assert kept.why == "ab"
    assert store.decisions.of_passage(FIRST) == (kept,)
    with pytest.raises(DecisionRefusedError):
        desk.decide(SECOND, DecisionKind.LINK, version=0, actor="minh", declaration_id="HN-000001")
    desk.decide(SECOND, DecisionKind.CORRECT, version=0, actor="minh", plate="29H-999.98")
    assert waiting() == set()
    check = ReadCheck("huu-nghi", "in-1", "", NOON, "29H99999", "29H99998")
    assert store.decisions.read_checks(NOON, NOON + HOUR) == (check,)
    late = OutcomeRecord(OutcomeKind.NOT_CLEARED, (), FIRST, "HN-000001", 1.0, NOON + 2 * HOUR)
    with store.transaction(NOON + 2 * HOUR) as transaction:
        store.outcomes.revise(transaction, [late])
    assert waiting() == {FIRST}
    desk.undo(SECOND, version=1, actor="minh")
    assert waiting() == {FIRST, SECOND}
    assert store.decisions.read_checks(NOON, NOON + HOUR) == ()
    assert store.corrections.pairs() == ()
