"""Lists of declarations: whatever is asked for and wherever a search stops, the pages together hold what fits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.store import Store
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from contract.messages import Direction
from tests.central.made import NOON, declared

PLATES = ("12C-345.67", "29H-012.34", "桂F12345", "12C-999.99")


@pytest.fixture
def filled(store: Store) -> Store:
    """A declaration a minute, each plate in turn; every fifth cancelled, every third goes out, every second matched."""
    known = [
        declared(
            PLATES[n % len(PLATES)],
            n,
            at=NOON + timedelta(minutes=n),
            state=DeclarationState.CANCELLED if n % 5 == 0 else DeclarationState.DECLARED,
            direction=Direction.OUT if n % 3 == 0 else Direction.IN,
            gate=("huu-nghi", "tan-thanh")[n % 2],
        )
        for n in range(1, 41)
    ]
    said = [
        OutcomeRecord(OutcomeKind.MATCHED, (), UUID(int=n), one.declaration_id, 0.9, NOON)
        if n % 2
        else OutcomeRecord(OutcomeKind.NO_SHOW, (), None, one.declaration_id, 0.0, NOON)
        for n, one in enumerate(known, 1)
        if n % 2 or n % 8 == 0
    ]
    with store.transaction() as transaction:
        for one in known:
            store.declarations.save(transaction, one, payload="{}")
        store.outcomes.revise(transaction, said)
    return store


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "direction": st.sampled_from(Direction),
        "outcome": st.sampled_from([OutcomeKind.MATCHED, OutcomeKind.NO_SHOW, OutcomeKind.DUPLICATE]),
        "state": st.sampled_from([DeclarationState.CANCELLED, DeclarationState.DECLARED]),
        "gate": st.sampled_from(["huu-nghi", "tan-thanh", "coc-nam"]),
        "plate_part": st.sampled_from(["12C", "345", "GUI F1", "Q"]),
        "plate": st.sampled_from(["12C34567", "桂F12345"]),
        "since": st.integers(0, 40).map(lambda n: NOON + timedelta(minutes=n - 60)),
        "until": st.integers(0, 40).map(lambda n: NOON + timedelta(minutes=n - 60)),
    },
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(FILTERS, st.integers(1, 9), st.integers(2, 60))
def test_pages_together_hold_what_fits(filled: Store, wanted: dict[str, Any], limit: int, looked_at: int) -> None:
    """All that fits, once, the latest window first."""
    found: list[DeclarationRecord] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("central.store.declarations.LOOKED_AT", looked_at)
        patch.setattr("central.store.declarations.LOOKED_AT_WITH_OUTCOME", looked_at)
        cursor = None
        while True:
            page = filled.declarations.list(**wanted, limit=limit, cursor=cursor)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break

    def fits(one: DeclarationRecord) -> bool:
        said = one.outcome.outcome if one.outcome else None
        plain = one.plate.replace("-", "").replace(".", "")
        part = wanted.get("plate_part", "").replace("GUI F", "桂F")
        return (
            all(getattr(one, name) == wanted.get(name, getattr(one, name)) for name in ("direction", "state", "gate"))
            and wanted.get("outcome", said) == said
            and wanted.get("plate", plain) == plain
            and part in plain
            and wanted.get("since", one.expected_from) <= one.expected_from
            and ("until" not in wanted or one.expected_from < wanted["until"])
        )

    everything = filled.declarations.list(limit=100)
    assert everything.next_cursor is None
    assert [one.declaration_id for one in found] == [one.declaration_id for one in everything.items if fits(one)]


def test_a_search_that_looked_far_enough_says_so(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no index helps, an answer ends after so many declarations, and says how far back it looked."""
    monkeypatch.setattr("central.store.declarations.LOOKED_AT", 10)
    page = filled.declarations.list(plate_part="Q")
    assert (page.items, page.looked_back_to) == ((), NOON + timedelta(minutes=31 - 60))
    assert page.next_cursor is not None
    assert filled.declarations.list(outcome=OutcomeKind.DUPLICATE).looked_back_to is None
