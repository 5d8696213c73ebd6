"""In whatever order passages and declarations come, the same stands in the end."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from central.reconcile.batch import reconcile
from central.reconcile.judge import Knowledge, judge
from central.reconcile.names import name_of
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from contract.messages import Direction
from tests.central.made import NOON, declared, passage, read
from tests.central.reconcile.gate import MINUTE, Gate, happenings


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return tmp_path_factory.mktemp("orders")


@settings(max_examples=int(os.environ.get("SMARTGATE_ORDERS", "12")), deadline=None)
@given(seed=st.integers(0, 2**32))
@example(seed=20133)  # a certain vehicle is more probable once the window is over
def test_step_by_step_ends_where_judging_all_at_once_ends(seed: int, folder: Path) -> None:
    """Passages and declarations in any order, with restarts, lead to what is right for all that is known in the end."""
    rng = random.Random(seed)
    with TemporaryDirectory(dir=folder) as here:
        store = Store.open(f"sqlite:///{here}/central.db", Path(here))
        gate = Gate(store)
        for happening in happenings(rng):
            happening(gate)
            if rng.random() < 0.6:
                gate.step()
            if rng.random() < 0.15:
                gate.restart()
        end = timedelta(hours=10)
        gate.step(end)
        seen, known = store.passages.list(limit=100).items, store.declarations.list(limit=100).items
        keys = {name_of(declaration.plate).key for declaration in known}
        expected = judge(
            seen,
            known,
            misread=[one for one in seen if one.plate and name_of(one.plate.text).key not in keys],
            now=NOON + end,
            settings=ReconcileSettings(),
            knowledge=Knowledge(NOON + end),
        )
        for outcome in expected.outcomes:
            if outcome.passage_id is not None:
                record = store.passages.get(outcome.passage_id)
                assert record is not None
                assert record.outcome is not None
                assert record.outcome.score == pytest.approx(outcome.score, abs=0.011)
                now = {"decided_at": outcome.decided_at, "revision": 0, "score": outcome.score}
                assert replace(record.outcome, **now) == outcome
            elif outcome.declaration_id is not None:
                assert gate.said_of(outcome.declaration_id) is outcome.outcome
        assert {d for d in expected.open_declarations if gate.said_of(d) is not None} == set()
        store.close()


@settings(max_examples=int(os.environ.get("SMARTGATE_ORDERS", "12")), deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_cameras_thought_of_second_is_heard_in_any_order(seed: int, folder: Path) -> None:
    """Neighbours read for each other, minutes apart at two gates: step by step ends where a fresh start ends."""
    rng = random.Random(seed)
    plates = ("12C34567", "12C34568", "12C34569")
    happenings: list[Callable[[Gate], None]] = []
    for number in range(1, 8):
        text, other = rng.sample(plates, 2)
        look = read(text, rng.choice((0.55, 0.8, 0.95)), ((other, 0.1),) if rng.random() < 0.6 else ())
        message = passage(
            number,
            at=NOON + rng.randrange(12) * 20 * MINUTE,
            site=rng.choice(("huu-nghi", "chi-ma")),
            direction=rng.choice(tuple(Direction)),
        ).model_copy(update={"plate": look})
        happenings.append(lambda gate, message=message: gate.passes(message))
        if rng.random() < 0.5:
            record = declared(
                rng.choice(plates),
                number,
                at=NOON + rng.randrange(4) * timedelta(hours=1),
                direction=rng.choice(tuple(Direction)),
            )
            happenings.append(lambda gate, record=record: gate.declares(record))
    rng.shuffle(happenings)
    with TemporaryDirectory(dir=folder) as here:
        store = Store.open(f"sqlite:///{here}/central.db", Path(here))
        gate = Gate(store)
        for happening in happenings:
            happening(gate)
            if rng.random() < 0.6:
                gate.step()
        end = timedelta(hours=10)
        gate.step(end)
        knowledge = Knowledge(NOON + end)
        seen, known = store.passages.list(limit=100).items, store.declarations.list(limit=100).items
        expected = reconcile(seen, known, now=NOON + end, settings=ReconcileSettings(), knowledge=knowledge)
        for outcome in expected:
            if outcome.passage_id is not None:
                record_ = store.passages.get(outcome.passage_id)
                assert record_ is not None
                assert record_.outcome is not None
                assert {one.code for one in record_.outcome.reasons} == {one.code for one in outcome.reasons}
                assert gate.said(outcome.passage_id) == (outcome.outcome, outcome.declaration_id)
        store.close()
