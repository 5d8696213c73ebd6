"""Outcomes follow what becomes known: late declarations, late lorries, corrections, restarts."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from central.store.database import StoreUnavailable
from central.store.declaration_records import DeclarationState
from central.store.outcome_records import OutcomeKind
from central.store.records import EventKind
from contract.messages import Direction
from tests.central.made import NOON, declared, passage, read
from tests.central.reconcile.gate import FIRST, MINUTE, Gate


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
    assert matched.wait(60)
    gate.reconciler.stop()
    stop()
    assert gate.reconciler.worker.failure is None
