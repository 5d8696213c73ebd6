"""Barriers that people opened: which vehicle each was for, and which was for none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.ingest.intake import Intake
from central.openings import COMES_WITHIN, Followed, Opening, explain, openings_of
from central.store import Store
from central.store.commands import CommandRecord
from central.store.records import PassageRecord
from contract.messages import BoothOpening, Command, CommandKind, Decision, DecisionReason, Verdict
from tests.central.made import NOON, OUTBOX, packet, passage, seen, stamp

LATER = NOON + timedelta(hours=1)


def s(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def opened(at_s: float) -> CommandRecord:
    command = Command(
        site="huu-nghi", node="huu-nghi-1", command_id=uuid4(), kind=CommandKind.OPEN, lane="in-1", actor="lan",
        reason="made up", issued_at=s(at_s), expires_at=s(at_s),
    )  # fmt: skip
    return CommandRecord(command, s(at_s), s(at_s), done=True)


def vehicle(first_s: float, last_s: float, reason: DecisionReason = DecisionReason.OPERATOR) -> PassageRecord:
    decision = Decision(verdict=Verdict.GRANT, reason=reason, at=s(first_s))
    return seen(at=s(first_s), last_seen_at=s(last_s), decision=decision)


def explained(openings: list[float], vehicles: list[PassageRecord], *, now: datetime = LATER) -> list[int | Followed]:
    """For each opening the number of its vehicle, or what is said instead."""
    found = explain([opened(at_s) for at_s in openings], vehicles, now=now)
    return [vehicles.index(one.passage) if one.passage else one.followed for one in found]


@pytest.mark.parametrize(
    ("openings", "vehicles", "expected"),
    [
        ([5], [vehicle(0, 20)], [0]),
        ([22], [vehicle(0, 20)], [0]),
        ([5, 9], [vehicle(0, 20)], [0, 0]),
        ([0], [vehicle(100, 120)], [0]),
        ([0], [vehicle(121, 140)], [Followed.NOBODY]),
        ([30], [vehicle(0, 20)], [Followed.NOBODY]),
        ([0], [vehicle(60, 90, DecisionReason.LISTED_EXACT)], [Followed.NOBODY]),
        ([0, 65], [vehicle(60, 90)], [Followed.NOBODY, 0]),
        ([0, 30], [vehicle(60, 90)], [0, Followed.NOBODY]),
        ([15], [vehicle(0, 20), vehicle(12, 30)], [1]),
    ],
)
def test_each_opening_has_the_vehicle_that_it_was_for(
    openings: list[float], vehicles: list[PassageRecord], expected: list[Any]
) -> None:
    """Who stood there, else who came soon; not one that somebody, or the gate itself, opened for again."""
    assert explained(openings, vehicles) == expected


def test_nobody_is_said_only_after_a_while() -> None:
    """A moment after the opening the vehicle may still come."""
    assert explained([0], [], now=NOON + COMES_WITHIN) == [Followed.WAITING]
    assert explained([0], [], now=NOON + COMES_WITHIN + timedelta(seconds=1)) == [Followed.NOBODY]


spans = st.tuples(st.integers(0, 900), st.integers(1, 120)).map(lambda span: vehicle(span[0], span[0] + span[1]))


@given(st.lists(st.integers(0, 900), max_size=8), st.lists(spans, max_size=8))
def test_no_vehicle_explains_an_opening_that_it_was_far_from(openings: list[float], vehicles: list[Any]) -> None:
    """Whatever the order; and one that came later explains one opening at most."""
    found = explain([opened(at_s) for at_s in openings], vehicles, now=LATER)
    assert [one.at for one in found] == [s(at_s) for at_s in openings]
    ahead: list[UUID] = []
    for one in found:
        assert (one.passage is None) == (one.followed is Followed.NOBODY)
        if one.passage is not None:
            assert one.passage.first_seen_at <= one.at + COMES_WITHIN
            assert one.at <= one.passage.last_seen_at + timedelta(seconds=3)
            if one.at < one.passage.first_seen_at:
                ahead.append(one.passage.passage_id)
    assert len(set(ahead)) == len(ahead)


def test_openings_at_a_booth_come_with_the_vehicles_of_their_lane(store: Store) -> None:
    """Days apart, in any order of arrival; those of other lanes are not mixed in."""

    def booth(seq: int, at: datetime, lane: str = "in-1") -> BoothOpening:
        return BoothOpening(
            site="huu-nghi", node="huu-nghi-1", outbox_id=OUTBOX, seq=seq, stamp=stamp(at), opening_id=UUID(int=seq),
            lane=lane, actor="hoa", reason="xe cứu thương", asked_at=at,
        )  # fmt: skip

    week_ago = NOON - timedelta(days=7)
    messages = [
        booth(1, NOON),
        passage(2, at=NOON - timedelta(seconds=5)),
        booth(3, week_ago),
        booth(4, NOON, lane="out-1"),
        passage(5, at=week_ago + timedelta(seconds=30)),
        booth(6, NOON - timedelta(days=3)),
    ]
    Intake(store, late_after_s=60).take([packet(message) for message in messages], datetime.now(UTC))

    def told(openings: tuple[Opening, ...]) -> list[tuple[int, UUID | None]]:
        return [(one.record.command.command_id.int, one.passage and one.passage.passage_id) for one in openings]

    found = openings_of(store, "huu-nghi", "in-1", now=LATER)
    assert told(found) == [(1, UUID(int=1002)), (6, None), (3, UUID(int=1005))]
    assert (found[0].record.at_booth, found[0].record.command.reason) == (True, "xe cứu thương")
    recent = openings_of(store, "huu-nghi", "in-1", now=LATER, since=NOON - timedelta(hours=8))
    assert told(recent) == [(1, UUID(int=1002))]
