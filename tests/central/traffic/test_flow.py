"""Five counters of a lane: who differs is named with its reason, and every number has its ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.store.declaration_records import DeclarationState
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.traffic.flow import DoubtReason, Flow, Post, flows
from central.traffic.observations import Observation, Source, of_declarations, of_passages
from central.traffic.settings import TrafficSettings
from contract.messages import BarrierEvent, Cancellation, Direction
from tests.central.made import NOON, declared, seen

SETTINGS = TrafficSettings()
HOUR = timedelta(hours=1)
ALL = frozenset(Source)
UNBARRED = ALL - {Source.BARRIER}


def told(doubled: int = 0, lane: str = "in-1", **counts: int) -> list[Observation]:
    return [
        Observation(Source(name), "huu-nghi", lane, Direction.IN, NOON, f"{name}-{number}", doubled=number < doubled)
        for name, count in counts.items()
        for number in range(count)
    ]


def hour(observations: Sequence[Observation], sources: frozenset[Source] = ALL, lane: str = "in-1") -> Flow:
    post = Post("huu-nghi", lane, Direction.IN, sources)
    (flow,) = flows(observations, [post], since=NOON, until=NOON + HOUR, settings=SETTINGS)
    return flow


@pytest.mark.parametrize(
    ("counts", "doubt"),
    [
        (
            {"loop": 40, "tracker": 22, "reads": 22, "barrier": 22, "declarations": 40},
            (Source.TRACKER, DoubtReason.CAMERA_MISSED_VEHICLES, -18),
        ),
        (
            {"loop": 40, "tracker": 45, "reads": 44, "barrier": 40, "declarations": 39},
            (Source.TRACKER, DoubtReason.CAMERA_COUNTED_TWICE, 5),
        ),
        (
            {"loop": 0, "tracker": 40, "reads": 39, "barrier": 40, "declarations": 40},
            (Source.LOOP, DoubtReason.LOOP_MISSED_VEHICLES, -40),
        ),
        (
            {"loop": 51, "tracker": 40, "reads": 40, "barrier": 40, "declarations": 40},
            (Source.LOOP, DoubtReason.LOOP_COUNTED_TWICE, 11),
        ),
        (
            {"loop": 40, "tracker": 40, "reads": 40, "barrier": 12, "declarations": 40},
            (Source.BARRIER, DoubtReason.BARRIER_STAYED_UP, -28),
        ),
        (
            {"loop": 40, "tracker": 40, "reads": 40, "barrier": 46, "declarations": 40},
            (Source.BARRIER, DoubtReason.OPENED_FOR_NOBODY, 6),
        ),
        (
            {"loop": 40, "tracker": 40, "reads": 40, "barrier": 40, "declarations": 33},
            (Source.DECLARATIONS, DoubtReason.UNDECLARED, -7),
        ),
        (
            {"loop": 40, "tracker": 40, "reads": 40, "barrier": 40, "declarations": 47},
            (Source.DECLARATIONS, DoubtReason.CONFIRMED_WITHOUT_VEHICLE, 7),
        ),
        (
            {"loop": 40, "tracker": 40, "reads": 30, "barrier": 40, "declarations": 40},
            (Source.READS, DoubtReason.PLATES_UNREAD, -10),
        ),
    ],
)
def test_the_counter_that_stands_alone_is_doubted(
    counts: dict[str, int], doubt: tuple[Source, DoubtReason, int]
) -> None:
    """One differs, the others agree: it is named, with what it does and by how many."""
    assert [(one.source, one.reason, one.surplus) for one in hour(told(**counts)).doubts] == [doubt]


def test_a_blind_camera_is_named_though_the_barrier_is_silent_with_it() -> None:
    """The barrier's events come with the passages: without passages it is no second witness."""
    flow = hour(told(loop=40, tracker=0, declarations=40))
    assert flow.believed == 40
    assert flow.doubts[0].reason is DoubtReason.CAMERA_MISSED_VEHICLES


def test_a_doubled_file_of_declarations_is_told_from_vehicles_nobody_saw() -> None:
    """Reconciliation knows the doubled ones."""
    flow = hour([*told(loop=40, tracker=40, reads=40, barrier=40), *told(10, declarations=50)])
    assert [(one.reason, one.surplus) for one in flow.doubts] == [(DoubtReason.DECLARED_TWICE, 10)]


def test_two_counters_that_differ_leave_the_hour_undecided() -> None:
    """Nobody is believed, and both are named."""
    flow = hour(told(loop=40, tracker=30), frozenset({Source.LOOP, Source.TRACKER}))
    assert flow.believed is None
    assert {one.source: one.reason for one in flow.doubts} == dict.fromkeys(
        (Source.LOOP, Source.TRACKER), DoubtReason.NO_MAJORITY
    )


def test_a_counter_that_a_lane_does_not_have_is_not_held_against_it() -> None:
    """No loop is no count, and none is not zero."""
    flow = hour(told(tracker=12, reads=12, declarations=12), frozenset({Source.TRACKER, Source.READS}))
    assert (flow.count(Source.LOOP), flow.count(Source.DECLARATIONS), flow.believed) == (None, None, 12)
    assert flow.doubts == ()


def test_a_gate_is_balanced_as_a_whole_where_the_platform_names_no_lane() -> None:
    """A post without a lane hears all lanes of its direction, and who names none."""
    observations = [*told(tracker=20), *told(lane="in-2", tracker=15), *told(lane="", declarations=35)]
    flow = hour(observations, frozenset({Source.TRACKER, Source.DECLARATIONS}), lane="")
    assert (flow.count(Source.TRACKER), flow.count(Source.DECLARATIONS), flow.doubts) == (35, 35, ())


def test_vehicles_are_counted_in_the_hour_they_came() -> None:
    """An hour holds its begin and not its end."""
    post = Post("huu-nghi", "in-1", Direction.IN, frozenset({Source.TRACKER}))
    observations = list(of_passages([seen(at=NOON + timedelta(minutes=minutes)) for minutes in (0, 59, 60, 119, 120)]))
    found = flows(observations, [post], since=NOON, until=NOON + 2 * HOUR, settings=SETTINGS)
    assert [flow.count(Source.TRACKER) for flow in found] == [2, 2]
    with pytest.raises(ValueError, match="whole hours"):
        flows(observations, [post], since=NOON, until=NOON + timedelta(minutes=90), settings=SETTINGS)


def test_what_passages_and_declarations_say() -> None:
    """Reads, arms that rose, vehicles that followed; nothing of what was cancelled, told twice or not confirmed."""

    def event(word: str) -> BarrierEvent:
        return BarrierEvent(at=NOON, event=word)

    double = OutcomeRecord(OutcomeKind.DUPLICATE, (), None, None, 0.0, NOON)
    passages = [
        seen("12C34567", barrier=(event("open_commanded"), event("opened"), event("open_extended"), event("closed"))),
        seen(None, barrier=(event("opened"), event("tailgated"))),
        seen("29H99999", barrier=(event("wish_expired"),)),
        seen("29H99998", cancelled=Cancellation.REVERSED_OUT),
        seen("29H99997", outcome=double),
    ]
    declarations = [
        declared(number=1, state=DeclarationState.CONFIRMED, confirmed_at=NOON, lane="in-1"),
        declared(number=2, state=DeclarationState.CONFIRMED, confirmed_at=NOON, lane="in-1", outcome=double),
        declared(number=3),
    ]
    told_of = [*of_passages(passages), *of_declarations(declarations)]
    flow = hour(told_of)
    ids = [str(one.passage_id) for one in passages]
    assert flow.ids == {
        Source.LOOP: (),
        Source.TRACKER: tuple(ids[:3]),
        Source.READS: (ids[0], ids[2]),
        Source.BARRIER: (ids[0], ids[1], ids[1]),
        Source.DECLARATIONS: ("HN-000001", "HN-000002"),
    }
    assert [one.id for one in told_of if one.doubled] == ["HN-000002"]


@given(st.fixed_dictionaries({source.value: st.integers(0, 60) for source in UNBARRED - {Source.READS}}))
@settings(max_examples=60, deadline=None)
def test_books_balance_or_say_who_differs(counts: dict[str, int]) -> None:
    """Whatever is counted: no doubt means that all agree, and what is believed is what most of them say."""
    flow = hour(told(**counts), UNBARRED - {Source.READS})
    if flow.believed is None:
        assert flow.doubts
        return
    doubted = {one.source for one in flow.doubts}
    assert doubted == {Source(name) for name, count in counts.items() if not SETTINGS.agree(count, flow.believed)}
    assert len(doubted) < 2
