"""What waits for a person: the rank in numbers, who comes first, who comes back; and who else is there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.presence import FORGOTTEN_AFTER_S, Presence
from central.queue import HARM, LOOKED_BACK, rank
from central.store import Store
from central.store.decision_records import DecisionKind, Waiting
from central.store.decisions import NEEDS_PERSON
from central.store.outcome_records import OutcomeKind, ReasonCode
from tests.central.decision_house import FIRST, SECOND, House, doubtful
from tests.central.made import NOON, declared, passage


def waits(kind: OutcomeKind, score: float = 0.0, *candidates: float, reasons: tuple[str, ...] = ()) -> Waiting:
    return Waiting(FIRST, "huu-nghi", NOON, kind, score, candidates, frozenset(reasons))


@pytest.mark.parametrize(
    ("waiting", "level", "harm_of"),
    [
        (waits(OutcomeKind.NOT_CLEARED, 0.9995), 99, OutcomeKind.NOT_CLEARED),
        (waits(OutcomeKind.CLONE_SUSPECTED, 1.0), 85, OutcomeKind.CLONE_SUSPECTED),
        (waits(OutcomeKind.UNDECLARED), 79, OutcomeKind.UNDECLARED),
        (waits(OutcomeKind.UNDECLARED, 0.0, 0.04), 76, OutcomeKind.UNDECLARED),
        (waits(OutcomeKind.UNDECLARED, reasons=("declarations_stale",)), 40, OutcomeKind.UNDECLARED),
        (waits(OutcomeKind.TO_REVIEW, 0.81, 0.81), 9, OutcomeKind.TO_REVIEW),
        (waits(OutcomeKind.TO_REVIEW), 50, OutcomeKind.TO_REVIEW),
        (waits(OutcomeKind.TO_REVIEW, 0.8, 0.8, reasons=("refused",)), 80, OutcomeKind.NOT_CLEARED),
    ],
)
def test_level_is_probability_times_harm(waiting: Waiting, level: int, harm_of: OutcomeKind) -> None:
    """Never rounded up; of a doubtful link the worst counts that it may hide."""
    found = rank(waiting)
    assert (found.level, found.kind) == (level, harm_of)


@given(
    kind=st.sampled_from(NEEDS_PERSON),
    score=st.floats(0, 1),
    candidates=st.lists(st.floats(0, 0.33), max_size=3),
    reasons=st.sets(st.sampled_from([code.value for code in ReasonCode])),
)
def test_every_case_has_a_rank(kind: OutcomeKind, score: float, candidates: list[float], reasons: set[str]) -> None:
    """From 0 to 100, for whatever reconciliation can say."""
    found = rank(waits(kind, score, *candidates, reasons=tuple(reasons)))
    assert 0 <= found.level <= 100
    assert found.harm == HARM[found.kind]


def test_the_worst_comes_first_and_what_was_decided_leaves(store: Store) -> None:
    """Then it stays away; old cases do not count any more."""
    house = House(store)
    house.declares(declared("12C-345.61"))
    house.comes(doubtful(1, "12C34561", 0.4), passage(2, "29H99999"))
    house.later()
    assert house.queue() == [SECOND, FIRST]
    assert store.decisions.waiting_count(house.now - LOOKED_BACK) == 2
    house.desk.decide(SECOND, DecisionKind.REJECT, version=0, actor="lan")
    assert house.queue() == [FIRST], "before anything is judged anew"
    house.later()
    assert house.queue() == [FIRST]
    assert store.decisions.waiting_count(house.now - LOOKED_BACK) == 1
    assert house.queue(house.now + LOOKED_BACK + timedelta(hours=1)) == []
    house.desk.undo(SECOND, version=1, actor="lan")
    house.later()
    assert house.queue() == [SECOND, FIRST]


def test_something_new_brings_a_decided_case_back(store: Store) -> None:
    """Undeclared was confirmed; then the same plate appears elsewhere at once."""
    house = House(store)
    house.comes(passage(1))
    house.later()
    house.desk.decide(FIRST, DecisionKind.CONFIRM, version=0, actor="lan")
    house.later()
    assert house.queue() == []
    away = passage(2, at=NOON + timedelta(minutes=2))
    house.comes(replace_site(away))
    house.later()
    assert house.said()[0] is OutcomeKind.CLONE_SUSPECTED
    assert set(house.queue()) == {FIRST, SECOND}


def replace_site(message):
    return message.model_copy(update={"site": "chi-ma", "node": "chi-ma-1"})


def test_presence_is_of_others_and_ends_by_itself() -> None:
    """A page that says nothing more is forgotten; one's own page is no other."""
    now = [0.0]
    presence = Presence(lambda: now[0])
    case, other = UUID(int=1), UUID(int=2)
    presence.note("tab of lan", "lan", case)
    presence.note("tab of minh", "minh", case)
    assert presence.others("tab of lan") == {case: ("minh",)}
    presence.note("tab of minh", "minh", other)
    assert presence.others("tab of lan") == {other: ("minh",)}
    presence.leave("tab of minh")
    assert presence.others("tab of lan") == {}
    now[0] = FORGOTTEN_AFTER_S - 1
    presence.stays("tab of lan")
    now[0] = FORGOTTEN_AFTER_S + 1
    assert presence.others("another tab") == {case: ("lan",)}
    now[0] = 2 * FORGOTTEN_AFTER_S
    assert presence.others("another tab") == {}


def test_ranks_are_kept_apart_from_records() -> None:
    """A case without doubt that nobody declared it is no surer than that."""
    certain = replace(waits(OutcomeKind.UNDECLARED), candidates=())
    assert rank(certain).probability < 1.0
