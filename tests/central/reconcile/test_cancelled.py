"""A passage that was none, since its lorry reversed out, leaves nothing behind."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from central.store.outcome_records import OutcomeKind
from contract.messages import Cancellation
from tests.central.made import NOON, declared, passage
from tests.central.reconcile.gate import FIRST, MINUTE, Gate

REVERSED = Cancellation.REVERSED_OUT


def test_a_passage_that_is_cancelled_gives_its_declaration_back(gate: Gate) -> None:
    """Matched as it came in, it reversed out again: the declaration is open as before, and is never given to it anew."""
    gate.declares(declared())
    gate.passes(passage(1))
    gate.step()
    assert gate.said() == (OutcomeKind.MATCHED, "HN-000001")
    gate.passes(passage(2, passage_id=FIRST, revision=1, cancelled=REVERSED))
    gate.step(MINUTE)
    assert gate.said() == (OutcomeKind.CANCELLED, None)
    assert gate.said_of("HN-000001") is None
    gate.restart()
    gate.step(2 * MINUTE)
    assert gate.said() == (OutcomeKind.CANCELLED, None)
    gate.step(timedelta(hours=2))
    assert gate.said_of("HN-000001") is OutcomeKind.NO_SHOW


@pytest.mark.parametrize("cancelled_first", [True, False])
def test_a_lorry_that_reversed_out_and_comes_again_counts_once(gate: Gate, cancelled_first: bool) -> None:
    """Whichever message is first: its second try has the declaration, and one entry is counted."""
    gate.declares(declared())
    gate.passes(passage(1))
    gate.step()
    later = [
        passage(2, passage_id=FIRST, revision=1, cancelled=REVERSED),
        passage(3, at=NOON + 2 * MINUTE),
    ]
    for message in later if cancelled_first else later[::-1]:
        gate.passes(message, now=NOON + 3 * MINUTE)
        gate.step(3 * MINUTE)
    assert gate.said() == (OutcomeKind.CANCELLED, None)
    assert gate.said(UUID(int=1003)) == (OutcomeKind.MATCHED, "HN-000001")
    (count,) = gate.store.outcomes.counts(since=NOON - MINUTE, until=NOON + timedelta(hours=1))
    assert (count.passages, count.by_outcome) == (1, {OutcomeKind.MATCHED: 1})


def test_a_passage_that_begins_cancelled_takes_nothing(gate: Gate) -> None:
    """A lorry that turned back before its plate was settled never had the declaration."""
    gate.declares(declared())
    gate.passes(passage(1, cancelled=REVERSED))
    gate.step()
    assert gate.said() == (OutcomeKind.CANCELLED, None)
    assert gate.said_of("HN-000001") is None
