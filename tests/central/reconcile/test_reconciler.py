"""Outcomes follow what becomes known: late declarations, late lorries, corrections, restarts."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.reconcile.batch import reconcile
from central.reconcile.judge import Knowledge, judge
from central.reconcile.names import name_of
from central.reconcile.reconciler import Reconciler
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind
from central.store.records import EventKind
from contract.messages import Cancellation, Direction, Passage
from tests.central.made import NOON, declared, passage, read

FIRST = UUID(int=1001)
MINUTE = timedelta(minutes=1)


class Gate:
    """A store, a reconciler and a clock, with short words for what happens."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.complete_at: datetime | None = NOON
        self.restart()

    def restart(self) -> None:
        self.reconciler = Reconciler(self.store, ReconcileSettings(), lambda: Knowledge(self.complete_at))

    def passes(self, *messages: Passage, now: datetime = NOON) -> None:
        with self.store.transaction(now) as transaction:
            for message in messages:
                self.store.passages.save(transaction, message, late_after=timedelta(minutes=5))

    def declares(self, *records: DeclarationRecord, now: datetime = NOON) -> None:
        with self.store.transaction(now) as transaction:
            for record in records:
                self.store.declarations.save(transaction, record, payload="{}")

    def step(self, after: timedelta = timedelta(0)) -> None:
        self.complete_at = NOON + after if self.complete_at else None
        self.reconciler.step(NOON + after)

    def said(self, passage_id: UUID = FIRST) -> tuple[OutcomeKind, str | None] | None:
        found = self.store.passages.get(passage_id)
        return (found.outcome.outcome, found.outcome.declaration_id) if found and found.outcome else None

    def said_of(self, declaration_id: str) -> OutcomeKind | None:
        found = self.store.declarations.get(declaration_id)
        return found.outcome.outcome if found and found.outcome else None


@pytest.fixture
def gate(store: Store) -> Gate:
    return Gate(store)


def test_a_late_declaration_revises_undeclared_to_matched(gate: Gate) -> None:
    """Pending, then undeclared, then matched when the declaration arrives; the history keeps all three."""
    gate.passes(passage(1))
    gate.step()
    assert gate.said() == (OutcomeKind.PENDING, None)
    gate.step(MINUTE)
    assert gate.said() == (OutcomeKind.UNDECLARED, None)
    gate.declares(declared(), now=NOON + MINUTE)
    gate.step(2 * MINUTE)
    assert gate.said() == (OutcomeKind.MATCHED, "HN-000001")
    record = gate.store.passages.get(FIRST)
    assert record is not None
    assert record.outcome is not None
    assert record.outcome.revision == 2
    said = gate.store.outcomes.history_of_passage(FIRST)
    assert [(one.outcome, one.declaration_id) for one in said] == [
        (OutcomeKind.PENDING, None),
        (OutcomeKind.UNDECLARED, None),
        (OutcomeKind.MATCHED, "HN-000001"),
    ]


def test_a_no_show_is_taken_back_when_the_lorry_comes_late(gate: Gate) -> None:
    """A lorry that comes hours after its window turns the no-show into a passage outside its time."""
    gate.declares(declared())
    gate.step(timedelta(hours=3))
    assert gate.said_of("HN-000001") is OutcomeKind.NO_SHOW
    gate.passes(passage(1, at=NOON + timedelta(hours=4)), now=NOON + timedelta(hours=4))
    gate.step(timedelta(hours=4))
    assert gate.said() == (OutcomeKind.OUTSIDE_WINDOW, "HN-000001")
    assert gate.said_of("HN-000001") is OutcomeKind.OUTSIDE_WINDOW


def test_a_passage_that_is_told_late_takes_its_declaration_back(gate: Gate) -> None:
    """A neighbour was held for the declared lorry, which a node could not tell of for hours; the history keeps both."""
    trailer = read("12R01234")
    gate.declares(declared(trailer_plate="12R-012.34"))
    gate.passes(passage(2, "12C34568", second_plate=trailer))
    gate.step(timedelta(hours=3))
    neighbour = UUID(int=1002)
    assert gate.said(neighbour) == (OutcomeKind.MATCHED, "HN-000001")
    gate.passes(passage(1, at=NOON + 10 * MINUTE, second_plate=trailer), now=NOON + timedelta(hours=4))
    gate.step(timedelta(hours=4))
    assert gate.said() == (OutcomeKind.MATCHED, "HN-000001")
    told = gate.store.outcomes.history_of_passage(neighbour)
    assert [one.declaration_id for one in told] == ["HN-000001", None]
    holders = [one.passage_id for one in gate.store.outcomes.history_of_declaration("HN-000001")]
    assert holders == [neighbour, FIRST]


def test_a_no_show_is_taken_back_when_its_window_is_moved(gate: Gate) -> None:
    """An edited declaration that is expected later is no no-show any more, and becomes one again in its time."""
    gate.declares(declared())
    gate.step(timedelta(hours=3))
    gate.declares(replace(declared(at=NOON + timedelta(hours=5)), version=2), now=NOON + timedelta(hours=3))
    gate.step(timedelta(hours=3, minutes=1))
    assert gate.said_of("HN-000001") is None
    gate.step(timedelta(hours=7))
    assert gate.said_of("HN-000001") is OutcomeKind.NO_SHOW


def test_a_corrected_declaration_turns_review_into_match(gate: Gate) -> None:
    """The typing mistake is corrected on the platform; the passage follows without anybody asking."""
    gate.declares(declared("12C-345.68"))
    gate.passes(passage(1))
    gate.step()
    assert gate.said() == (OutcomeKind.TO_REVIEW, "HN-000001")
    gate.declares(replace(declared("12C-345.67"), version=2))
    gate.step()
    assert gate.said() == (OutcomeKind.MATCHED, "HN-000001")


def test_a_declaration_corrected_to_another_plate_lets_its_passage_go(gate: Gate) -> None:
    """What the old version had to do with is judged again too."""
    gate.declares(declared())
    gate.passes(passage(1))
    gate.step()
    gate.declares(replace(declared("29H-998.77"), version=2))
    gate.step(MINUTE)
    assert gate.said() == (OutcomeKind.UNDECLARED, None)


def test_a_cancelled_declaration_brings_its_passage_to_a_person(gate: Gate) -> None:
    """A match is no match any more when the declaration is withdrawn."""
    gate.declares(declared())
    gate.passes(passage(1))
    gate.step()
    gate.declares(replace(declared(), version=2, state=DeclarationState.CANCELLED))
    gate.step()
    assert gate.said() == (OutcomeKind.TO_REVIEW, "HN-000001")


def test_the_exact_passage_takes_the_declaration_from_the_near_one(gate: Gate) -> None:
    """The near one came first and is revised when the right lorry comes."""
    gate.declares(declared())
    gate.passes(passage(1, "12C34568"))
    gate.step()
    assert gate.said() == (OutcomeKind.TO_REVIEW, "HN-000001")
    gate.passes(passage(2, at=NOON + MINUTE), now=NOON + MINUTE)
    gate.step(2 * MINUTE)
    assert gate.said(UUID(int=1002)) == (OutcomeKind.MATCHED, "HN-000001")
    assert gate.said() == (OutcomeKind.UNDECLARED, None)
    had_it = [one.passage_id for one in gate.store.outcomes.history_of_declaration("HN-000001")]
    assert had_it == [FIRST, UUID(int=1002)]


def test_a_later_revision_with_the_rear_plate_is_judged_again(gate: Gate) -> None:
    """The rear camera's plate arrives in revision 1 and settles a passage that nobody could read."""
    gate.declares(declared(trailer_plate="12R-012.34"))
    gate.passes(passage(1, None))
    gate.step()
    assert gate.said() == (OutcomeKind.TO_REVIEW, None)
    gate.passes(passage(2, None, passage_id=FIRST, revision=1, second_plate=read("12R01234")))
    gate.step()
    assert gate.said() == (OutcomeKind.TO_REVIEW, "HN-000001")


def test_undeclared_loses_its_warning_when_the_platform_is_back(gate: Gate) -> None:
    """While the platform is silent the outcome says so; afterwards it is plain."""
    gate.complete_at = None
    gate.passes(passage(1))
    gate.step(MINUTE)
    record = gate.store.passages.get(FIRST)
    assert record is not None
    assert record.outcome is not None
    assert [reason.code.value for reason in record.outcome.reasons] == ["no_declaration", "declarations_stale"]
    gate.complete_at = NOON
    gate.step(2 * MINUTE)
    record = gate.store.passages.get(FIRST)
    assert record is not None
    assert record.outcome is not None
    assert [reason.code.value for reason in record.outcome.reasons] == ["no_declaration"]


def test_a_restart_in_between_changes_nothing(gate: Gate) -> None:
    """A new process knows what was decided, decides what was not, and repeats no news."""
    gate.declares(declared())
    gate.passes(passage(1), passage(2, "29H99999"))
    gate.step(MINUTE)
    before = gate.store.events.latest_id()
    gate.restart()
    gate.step(2 * MINUTE)
    assert gate.store.events.latest_id() == before
    gate.restart()
    gate.passes(passage(3, "15C11122", at=NOON + MINUTE), now=NOON + MINUTE)
    gate.step(2 * MINUTE)
    assert gate.said(UUID(int=1003)) == (OutcomeKind.UNDECLARED, None)


def test_what_a_failed_write_left_undone_is_done_by_the_next_step(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk costs time, not outcomes."""
    gate.declares(declared())
    gate.step()
    gate.passes(passage(1))

    def fail(*_: object) -> None:
        raise StoreUnavailable("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(gate.store.outcomes, "revise", fail)
        with pytest.raises(StoreUnavailable):
            gate.step()
    gate.step()
    assert gate.said() == (OutcomeKind.MATCHED, "HN-000001")


def test_a_passage_that_comes_weeks_late_meets_the_declarations_of_its_time(gate: Gate) -> None:
    """A node that was cut off catches up; who has a declaration already keeps it."""
    long_ago = NOON - timedelta(days=20)
    out = Direction.OUT
    gate.declares(declared(at=long_ago, direction=out), declared("29H-111.22", number=2, at=long_ago, direction=out))
    gate.passes(passage(1, at=long_ago, direction=out), now=long_ago)
    gate.reconciler.step(long_ago)
    assert gate.said() == (OutcomeKind.MATCHED, "HN-000001")
    gate.restart()
    gate.step()
    again = passage(2, at=long_ago + 9 * MINUTE, direction=out)
    gate.passes(again, passage(3, "29H11122", at=long_ago, direction=out))
    gate.step()
    assert gate.said() == (OutcomeKind.MATCHED, "HN-000001")
    assert gate.said(UUID(int=1002)) == (OutcomeKind.ANTI_PASSBACK, None)
    assert gate.said(UUID(int=1003)) == (OutcomeKind.MATCHED, "HN-000002")


def test_a_no_show_tells_the_screens(gate: Gate) -> None:
    """The event of a no-show names the declaration."""
    gate.declares(declared())
    gate.step(timedelta(hours=3))
    last = gate.store.events.after(0)[-1]
    assert (last.kind, last.subject, last.site) == (EventKind.OUTCOME, "HN-000001", "huu-nghi")


def test_the_thread_follows_changes_by_itself(gate: Gate) -> None:
    """Started, it wakes on a commit and writes the outcome."""
    matched = threading.Event()

    def look() -> None:
        if gate.said() == (OutcomeKind.MATCHED, "HN-000001"):
            matched.set()

    stop = gate.store.on_commit(look)
    gate.reconciler.start()
    gate.declares(declared(direction=Direction.OUT))
    gate.passes(passage(1, direction=Direction.OUT))
    assert matched.wait(30)
    gate.reconciler.stop()
    stop()
    assert gate.reconciler.worker.failure is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return tmp_path_factory.mktemp("orders")


def _happenings(rng: random.Random) -> list[Callable[[Gate], None]]:
    plates = ("12C34567", "12C34568", "12C34587", "桂F12345", "桂F12346", "?F12345", "29H99999", None)
    typed = ("12C-345.67", "12C34568", "F12345", "GUIF12346", "QTF12345")
    trailers = (None, "12R01234", "12R01235")
    happenings: list[Callable[[Gate], None]] = []
    for number in range(1, 7):
        at = NOON + rng.randrange(240) * MINUTE
        trailer = rng.choice(trailers)
        message = passage(
            number,
            rng.choice(plates),
            at=at,
            site=rng.choice(("huu-nghi", "huu-nghi", "chi-ma")),
            direction=rng.choice(tuple(Direction)),
            second_plate=read(trailer) if trailer else None,
        )
        happenings.append(lambda gate, message=message: gate.passes(message))
        first = declared(
            rng.choice(typed),
            number,
            at=NOON + rng.randrange(4) * timedelta(hours=1),
            direction=rng.choice(tuple(Direction)),
            trailer_plate=rng.choice(trailers),
        )
        happenings.append(lambda gate, first=first: gate.declares(first))
        if rng.random() < 0.4:
            second = replace(first, version=2, plate=rng.choice(typed))
            happenings.append(lambda gate, second=second: gate.declares(second))
    rng.shuffle(happenings)
    return happenings


@settings(max_examples=int(os.environ.get("SMARTGATE_ORDERS", "12")), deadline=None)
@given(seed=st.integers(0, 2**32))
def test_step_by_step_ends_where_judging_all_at_once_ends(seed: int, folder: Path) -> None:
    """Passages and declarations in any order, with restarts, lead to what is right for all that is known in the end."""
    rng = random.Random(seed)
    with TemporaryDirectory(dir=folder) as here:
        store = Store.open(f"sqlite:///{here}/central.db", Path(here))
        gate = Gate(store)
        for happening in _happenings(rng):
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
