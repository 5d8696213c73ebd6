"""What people decide stands, is heeded by reconciliation, and can be taken back; nothing is overwritten."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.decisions import DecisionDesk, DecisionRefusedError, Refusal
from central.reconcile.confusions import PRIOR, learn
from central.reconcile.decided import as_decided, is_no_vehicle
from central.reconcile.judge import Knowledge, judge
from central.reconcile.names import name_of
from central.reconcile.settings import ReconcileSettings
from central.store import Store
from central.store.decision_records import DecisionKind
from central.store.declaration_records import Confirmation, ConfirmingForce, Verdict
from central.store.outcome_records import OutcomeKind
from contract.messages import Direction
from tests.central.decision_house import FIRST, MINUTE, SECOND, House, doubtful
from tests.central.made import NOON, declared, passage, read
from tests.central.reconcile.gate import Gate, happenings

CONFIRM, CORRECT, LINK = DecisionKind.CONFIRM, DecisionKind.CORRECT, DecisionKind.LINK
REJECT, UNREADABLE, NO_VEHICLE = DecisionKind.REJECT, DecisionKind.UNREADABLE, DecisionKind.NO_VEHICLE


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_a_link_stands_when_late_data_would_revise_it(house: House) -> None:
    """The very vehicle that was declared comes later: the declaration stays where a person put it, restart or not."""
    house.declares(declared("12C-345.68"))
    house.comes(passage(1))
    house.later()
    assert house.said() == (OutcomeKind.TO_REVIEW, "HN-000001")
    house.desk.decide(FIRST, LINK, version=0, actor="lan", why="seal compared", declaration_id="HN-000001")
    house.later()
    assert house.said() == (OutcomeKind.MATCHED, "HN-000001")
    assert house.codes()[-1] == "person_linked"
    house.comes(passage(2, "12C34568", at=NOON + 2 * MINUTE))
    house.later()
    assert (house.said(), house.said(SECOND)[1]) == ((OutcomeKind.MATCHED, "HN-000001"), None)
    house.restart()
    house.later()
    assert house.said() == (OutcomeKind.MATCHED, "HN-000001")
    said = [one.outcome for one in house.store.outcomes.history_of_passage(FIRST)]
    assert said[-2:] == [OutcomeKind.TO_REVIEW, OutcomeKind.MATCHED]
    (decision,) = house.store.decisions.of_passage(FIRST)
    assert (decision.said, decision.said_declaration_id, decision.read) == (
        OutcomeKind.TO_REVIEW, "HN-000001", "12C34567",
    )  # fmt: skip
    assert (decision.by, decision.why) == ("lan", "seal compared")
    house.desk.undo(FIRST, version=1, actor="minh")
    house.later()
    assert house.said(SECOND) == (OutcomeKind.MATCHED, "HN-000001")


def test_a_link_holds_across_gates_plates_and_days_and_says_what_does_not_fit(house: House) -> None:
    """Any declaration can be given; its outcome names what differs, and that was seen: it does not come back for it."""
    away = declared("29H-998.77", gate="tan-thanh", at=NOON - timedelta(days=5))
    house.declares(away)
    house.comes(passage(1, direction=Direction.IN))
    house.later()
    house.desk.decide(FIRST, LINK, version=0, actor="lan", declaration_id="HN-000001")
    house.later()
    assert house.said() == (OutcomeKind.WRONG_GATE, "HN-000001")
    assert house.codes() == ["plate_near", "gate_differs", "after_window", "person_linked"]
    assert house.queue() == []
    refusal = (Confirmation(ConfirmingForce.CUSTOMS, Verdict.REFUSED),)
    house.declares(replace(away, version=2, confirmations=refusal))
    house.later()
    assert house.said() == (OutcomeKind.NOT_CLEARED, "HN-000001")
    assert house.queue() == [FIRST], "that is new: somebody has to know"


def test_a_corrected_plate_is_judged_anew_and_the_raw_read_stays(house: House) -> None:
    """`GUI F12346` typed over 桂F12345: the declaration is found, the read is as it was, and the learner knows."""
    house.declares(declared("F12346"))
    house.comes(passage(1, "桂F12345"))
    house.later()
    house.desk.decide(FIRST, CORRECT, version=0, actor="lan", plate="gui-f12346")
    house.later()
    assert house.said() == (OutcomeKind.MATCHED, "HN-000001")
    assert house.codes()[-1] == "person_corrected"
    kept = house.store.passages.get(FIRST)
    assert kept is not None
    assert kept.plate == read("桂F12345")
    assert house.store.corrections.pairs() == (("桂F12345", "桂F12346"),)
    assert learn(house.store.corrections.pairs()).probability("5", "6") > PRIOR.probability("5", "6")
    house.desk.undo(FIRST, version=1, actor="lan")
    house.later()
    assert house.said()[0] is OutcomeKind.TO_REVIEW
    assert house.store.corrections.pairs() == ()
    assert len(house.store.corrections.of_passage(FIRST)) == 1, "what was said stays on record"


def test_a_confirmed_read_needs_nobody_any_more(house: House) -> None:
    """Too uncertain for a machine, plain for a person: matched, and worth as much to the learner as a correction."""
    house.declares(declared())
    house.comes(doubtful(1, "12C34567", 0.4))
    house.later()
    assert house.said()[0] is OutcomeKind.TO_REVIEW
    house.desk.decide(FIRST, CONFIRM, version=0, actor="lan")
    house.later()
    assert house.said() == (OutcomeKind.MATCHED, "HN-000001")
    assert house.store.corrections.pairs() == (("12C34567", "12C34567"),)


def test_rejected_means_none_of_those_that_were_there(house: House) -> None:
    """Undeclared stands against what was known; a declaration that comes later may still be its own."""
    house.declares(declared("12C-345.68", received_at=NOON))
    house.comes(passage(1))
    house.later()
    house.desk.decide(FIRST, REJECT, version=0, actor="lan")
    house.later()
    assert house.said() == (OutcomeKind.UNDECLARED, None)
    assert house.queue() == []
    house.now += MINUTE
    house.declares(declared(number=2, received_at=house.now))
    house.later()
    assert house.said() == (OutcomeKind.MATCHED, "HN-000002")


def test_no_vehicle_counts_nowhere_and_gives_its_declaration_back(house: House) -> None:
    """A shadow that was read as a plate; undone, it is judged as before. A restart knows of both."""
    house.declares(declared())
    house.comes(passage(1))
    house.later()
    assert house.said() == (OutcomeKind.MATCHED, "HN-000001")
    house.desk.decide(FIRST, NO_VEHICLE, version=0, actor="lan")
    house.later()
    assert house.said() == (OutcomeKind.CANCELLED, None)
    assert house.codes() == ["person_no_vehicle"]
    house.comes(passage(2, at=NOON + 2 * MINUTE))
    house.later()
    assert house.said(SECOND) == (OutcomeKind.MATCHED, "HN-000001")
    house.restart()
    house.later()
    assert house.said() == (OutcomeKind.CANCELLED, None)
    house.desk.undo(FIRST, version=1, actor="lan")
    house.later()
    assert house.said()[0] is not OutcomeKind.CANCELLED


def test_unreadable_stands_though_something_was_read(house: House) -> None:
    """What nobody can read links to nothing, and needs nobody again."""
    house.declares(declared("12C-345.68"))
    house.comes(doubtful(1, "12C34567", 0.3))
    house.later()
    house.desk.decide(FIRST, UNREADABLE, version=0, actor="lan")
    house.later()
    assert house.said() == (OutcomeKind.TO_REVIEW, None)
    assert house.codes() == ["unreadable", "person_unreadable"]
    assert house.queue() == []


def test_a_key_pressed_twice_counts_once_and_the_second_browser_hears_who_was_first(house: House) -> None:
    """The same again is the same; another one is refused, with the name."""
    house.comes(passage(1))
    house.later()
    first = house.desk.decide(FIRST, REJECT, version=0, actor="lan")
    assert house.desk.decide(FIRST, REJECT, version=0, actor="lan") == first
    with pytest.raises(DecisionRefusedError, match="lan decided first") as refused:
        house.desk.decide(FIRST, NO_VEHICLE, version=0, actor="minh")
    assert (refused.value.refusal, refused.value.first) == (Refusal.CHANGED, first)
    with pytest.raises(DecisionRefusedError):
        house.desk.undo(FIRST, version=0, actor="lan")
    undone = house.desk.undo(FIRST, version=1, actor="lan")
    assert house.desk.undo(FIRST, version=1, actor="lan") == undone
    with pytest.raises(DecisionRefusedError, match="nothing is decided"):
        house.desk.undo(FIRST, version=2, actor="lan")
    assert [one.kind for one in house.store.decisions.of_passage(FIRST)] == [REJECT, DecisionKind.UNDO]


def test_a_declaration_is_given_once(house: House) -> None:
    """Who wants it for another vehicle hears who has it; after the undo it is free."""
    house.declares(declared("12C-345.68"))
    house.comes(passage(1), passage(2, "12C34561"))
    house.later()
    house.desk.decide(FIRST, LINK, version=0, actor="lan", declaration_id="HN-000001")
    with pytest.raises(DecisionRefusedError, match="lan gave declaration HN-000001") as refused:
        house.desk.decide(SECOND, LINK, version=0, actor="minh", declaration_id="HN-000001")
    assert refused.value.refusal is Refusal.TAKEN
    house.desk.undo(FIRST, version=1, actor="lan")
    house.desk.decide(SECOND, LINK, version=0, actor="minh", declaration_id="HN-000001")
    house.later()
    assert house.said(SECOND) == (OutcomeKind.MATCHED, "HN-000001")


@pytest.mark.parametrize(
    ("kind", "more", "refusal"),
    [
        (CONFIRM, {}, Refusal.CHOOSE_FIRST),
        (CORRECT, {"plate": "12"}, Refusal.BAD_PLATE),
        (CORRECT, {"plate": "12C 345<67"}, Refusal.BAD_PLATE),
        (LINK, {"declaration_id": "HN-999999"}, Refusal.NO_DECLARATION),
        (LINK, {}, Refusal.NO_DECLARATION),
    ],
)
def test_what_makes_no_sense_is_refused(house: House, kind: DecisionKind, more: dict[str, str], refusal: str) -> None:
    """And leaves nothing behind; that a read is right does not say whose the vehicle is."""
    house.declares(declared("12C-345.68"))
    house.comes(passage(1))
    house.later()
    with pytest.raises(DecisionRefusedError) as refused:
        house.desk.decide(FIRST, kind, version=0, actor="lan", **more)
    assert refused.value.refusal is refusal
    assert house.store.decisions.of_passage(FIRST) == ()
    assert house.queue() == [FIRST]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[Store]:
    """One store for many made-up orders."""
    folder = tmp_path_factory.mktemp("decisions")
    (folder / "central.db").write_bytes(empty_database.read_bytes())
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    yield store
    store.close()


_NUMBER = iter(range(1, 1_000_000))


@settings(max_examples=int(os.environ.get("SMARTGATE_DECISIONS", "6")), deadline=None)
@given(steps=st.lists(st.sampled_from([CORRECT, REJECT, UNREADABLE, NO_VEHICLE, DecisionKind.UNDO]), max_size=7))
def test_any_order_of_decisions_and_undos(steps: list[DecisionKind], shelf: Store) -> None:
    """A passage shows the last decision that was not taken back; all that was ever decided is there, counted from 1."""
    number = next(_NUMBER)
    passage_id = UUID(int=1000 + number)
    with shelf.transaction(NOON) as transaction:
        shelf.passages.save(transaction, passage(number), late_after=timedelta(days=1))
    desk, standing, version = DecisionDesk(shelf), [], 0
    for step in steps:
        if step is DecisionKind.UNDO:
            if not standing:
                with pytest.raises(DecisionRefusedError):
                    desk.undo(passage_id, version=version, actor="lan")
                continue
            desk.undo(passage_id, version=version, actor="lan")
            standing.pop()
        else:
            desk.decide(passage_id, step, version=version, actor="lan", plate=f"12C{number:05d}")
            standing.append(step)
        version += 1
        found = shelf.passages.get(passage_id)
        assert found is not None
        assert (found.decided.kind if found.decided else None) == (standing[-1] if standing else None)
    assert [one.number for one in shelf.decisions.of_passage(passage_id)] == list(range(1, version + 1))
    taught = [one.number for one in shelf.corrections.of_passage(passage_id)]
    assert len(taught) == steps.count(CORRECT)


@settings(max_examples=int(os.environ.get("SMARTGATE_DECISIONS", "4")), deadline=None)
@given(seed=st.integers(0, 2**32))
def test_decisions_in_between_end_where_judging_all_at_once_ends(seed: int, tmp_path_factory, empty_database) -> None:
    """Passages, declarations, decisions and undos in any order, with restarts: what is right for all that is known."""
    rng = random.Random(seed)
    folder = tmp_path_factory.mktemp("order")
    (folder / "central.db").write_bytes(empty_database.read_bytes())
    store = Store.open(f"sqlite:///{folder / 'central.db'}", folder / "evidence")
    gate = Gate(store)
    desk = DecisionDesk(store, clock=lambda: NOON)
    for happening in happenings(rng):
        happening(gate)
        if rng.random() < 0.6:
            gate.step()
        if rng.random() < 0.4:
            _decide_something(desk, store, rng)
        if rng.random() < 0.15:
            gate.restart()
    end = timedelta(hours=10)
    gate.step(end)
    seen = [as_decided(one) for one in store.passages.list(limit=100).items]
    known = store.declarations.list(limit=100).items
    keys = {name_of(declaration.plate).key for declaration in known}
    expected = judge(
        [one for one in seen if not is_no_vehicle(one)],
        known,
        misread=[one for one in seen if one.plate and name_of(one.plate.text).key not in keys],
        now=NOON + end,
        settings=ReconcileSettings(),
        knowledge=Knowledge(NOON + end),
        confusions=gate.reconciler._confusions,
    )
    said = {one.passage_id: gate.said(one.passage_id) for one in seen}
    assert said == {one.passage_id: (OutcomeKind.CANCELLED, None) for one in seen if is_no_vehicle(one)} | {
        one.passage_id: (one.outcome, one.declaration_id) for one in expected.outcomes if one.passage_id is not None
    }
    store.close()


def _decide_something(desk: DecisionDesk, store: Store, rng: random.Random) -> None:
    """Anything that anybody may say of any passage, sense or nonsense."""
    seen, known = store.passages.list(limit=100).items, store.declarations.list(limit=100).items
    if not seen:
        return
    passage_id = rng.choice(seen).passage_id
    version = len(store.decisions.of_passage(passage_id))
    kind = rng.choice([*DecisionKind, LINK, LINK])
    try:
        if kind is DecisionKind.UNDO:
            desk.undo(passage_id, version=version, actor="lan")
        else:
            number = rng.choice(known).declaration_id if known else ""
            plate = rng.choice(("12C34567", "12C34568", "GUI F12345", "29H99999"))
            desk.decide(passage_id, kind, version=version, actor="lan", plate=plate, declaration_id=number)
    except DecisionRefusedError:
        pass
