"""A vehicle that reversed out: shown with icon, word and reason, and in no count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from central.console.words import words_of
from central.store import Store
from central.store.outcome_records import OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import Role
from contract.messages import Cancellation
from tests.central.made import birth, passage

Visit = Callable[[Role], httpx.Client]


def reverses(store: Store, *, judged: bool) -> str:
    """A lorry that was matched as it came, and reversed out; reconciliation has heard of it or not."""
    now = datetime.now(UTC)
    first = passage(1, at=now)
    cancelled = passage(2, at=now, passage_id=first.passage_id, revision=1, cancelled=Cancellation.REVERSED_OUT)
    exact = Reason(ReasonCode.PLATE_EXACT, {"read": "12C34567", "declared": "12C34567"})
    matched = OutcomeRecord(OutcomeKind.MATCHED, (exact,), first.passage_id, "HN-000001", 1.0, now)
    reason = Reason(ReasonCode.REVERSED_OUT, {"direction": "in"})
    withdrawn = OutcomeRecord(OutcomeKind.CANCELLED, (reason,), first.passage_id, None, 0.0, now)
    with store.transaction(now) as transaction:
        store.nodes.report_status(transaction, birth())
        for message in (first, cancelled):
            store.passages.save(transaction, message, late_after=timedelta(minutes=5))
        store.outcomes.revise(transaction, [matched])
        if judged:
            store.outcomes.revise(transaction, [withdrawn])
    return str(first.passage_id)


@pytest.mark.parametrize("judged", [True, False])
@pytest.mark.parametrize("path", ["/", "/passages", "/passages/{id}"])
def test_every_view_says_that_it_reversed_out_and_why(store: Store, visit: Visit, path: str, *, judged: bool) -> None:
    """At once, also before reconciliation has taken the match back; never "matched" beside it."""
    passage_id = reverses(store, judged=judged)
    page = visit(Role.OPERATOR).get(path.format(id=passage_id)).text
    words = words_of("vi")
    assert words("cancelled.reversed_out_in") in page
    assert words("reason.reversed_out", direction=words("direction.in")) in page
    assert "icons.svg#back" in page
    assert "badge matched" not in page
    assert words("head.in", n=0) in page


def test_they_can_be_looked_for(store: Store, visit: Visit) -> None:
    """The list of passages filters by it."""
    passage_id = reverses(store, judged=True)
    page = visit(Role.OPERATOR).get("/passages", params={"outcome": "cancelled"}).text
    assert passage_id in page
