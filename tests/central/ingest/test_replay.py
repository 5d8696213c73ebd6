"""When holes are looked for and asked for, on a clock of the test's own."""

from __future__ import annotations

import itertools
from uuid import UUID

import pytest

from central.ingest.replay import MAX_ASKED, ReplayPlan
from central.store.intake import OutboxKey
from tests.central.made import OUTBOX

KEY = OutboxKey("huu-nghi", "huu-nghi-1", OUTBOX)


@pytest.fixture
def plan() -> ReplayPlan:
    return ReplayPlan(after_s=2.0, every_s=10.0)


def test_an_outbox_that_comes_to_rest_is_looked_at_once_and_its_holes_asked_for(plan: ReplayPlan) -> None:
    """After `after_s` of silence; what is asked for is not asked for again at once."""
    plan.heard(KEY, 100.0)
    assert plan.to_look(101.9) == ()
    assert plan.to_look(102.0) == (KEY,)
    plan.looked(KEY, ((3, 4), (7, 7)), 102.0)
    assert plan.to_look(200.0) == ()
    assert plan.waiting(102.0) == (KEY,)
    assert plan.due(KEY, 102.0) == ((3, 4), (7, 7))
    assert plan.waiting(111.9) == ()


def test_an_outbox_that_never_rests_is_looked_at_rarely(plan: ReplayPlan) -> None:
    """While it catches up holes are everywhere: only what stays one from look to look is asked for."""
    looks = []
    holes = {110: ((1, 4), (8, 9)), 120: ((1, 4), (6, 6))}
    asked: list[tuple[int, int]] = []
    for now_s in range(100, 125):
        plan.heard(KEY, float(now_s))
        for key in plan.to_look(float(now_s)):
            looks.append(now_s)
            plan.looked(key, holes[now_s], float(now_s))
        for key in plan.waiting(float(now_s)):
            asked += plan.due(key, float(now_s))
    assert looks == [110, 120]
    assert asked == [(1, 4)]


def test_a_hole_that_stays_is_asked_for_ever_more_rarely_and_a_filled_one_no_more(plan: ReplayPlan) -> None:
    """Pauses double up to five minutes; another outbox has its own holes."""
    other = OutboxKey("huu-nghi", "huu-nghi-1", UUID(int=78))
    plan.heard(KEY, 0.0)
    plan.heard(other, 0.0)
    plan.looked(KEY, ((1, 1),), 2.0)
    plan.looked(other, (), 2.0)
    asked_s = [now_s for now_s in range(2, 2000) if plan.waiting(float(now_s)) and plan.due(KEY, float(now_s))]
    assert [after - before for before, after in itertools.pairwise(asked_s)][:7] == [
        10, 20, 40, 80, 160, 300, 300,
    ]  # fmt: skip
    plan.heard(KEY, 2000.0)
    plan.looked(KEY, (), 2002.0)
    assert plan.waiting(9000.0) == ()


def test_not_more_than_so_many_are_asked_for_at_once(plan: ReplayPlan) -> None:
    """The rest follows with the next message."""
    holes = tuple((number, number) for number in range(1, 2 * MAX_ASKED, 2))
    plan.heard(KEY, 0.0)
    plan.looked(KEY, (*holes, (1000, 2000)), 5.0)
    assert plan.due(KEY, 5.0) == holes
    assert plan.due(KEY, 5.0) == ((1000, 2000),)
    assert plan.due(KEY, 5.0) == ()
