"""The stock of a gate: before + in − out, the residual shown, and what explains it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.records import PassageRecord
from central.traffic.flow import DoubtReason, Flow, Post, flows
from central.traffic.observations import Observation, Source, of_passages
from central.traffic.settings import TrafficSettings
from central.traffic.stock import Stock, StockCount, start_of_day, stock_of
from contract.messages import Cancellation, Direction
from tests.central.made import NOON, seen

IN, OUT = Direction.IN, Direction.OUT
EVENING = NOON + timedelta(hours=8)
BEFORE = StockCount("huu-nghi", NOON, 312, "count-1")


def moves(*ways: tuple[Direction, str | None], site: str = "huu-nghi") -> list[PassageRecord]:
    return [
        seen(plate, at=NOON + timedelta(minutes=minute), direction=way, lane=f"{way}-1", site=site)
        for minute, (way, plate) in enumerate(ways)
    ]


def stock(passages: list[PassageRecord], counted: int | None = None, hours: tuple[Flow, ...] = ()) -> Stock:
    people = None if counted is None else StockCount("huu-nghi", EVENING, counted, "count-2")
    return stock_of(BEFORE, passages, until=EVENING, counted=people, flows=hours)


def test_stock_is_what_was_there_and_what_came_and_did_not_leave() -> None:
    """Three in, one out: two more than at the last count, with the passages behind each number."""
    passages = moves((IN, "12C34567"), (IN, "桂F12345"), (OUT, "12C34567"), (IN, None))
    found = stock(passages, counted=314)
    ids = [str(one.passage_id) for one in passages]
    assert (found.calculated, found.residual, found.unexplained) == (314, 0, 0)
    assert (found.ids_in, found.ids_out) == ((ids[0], ids[1], ids[3]), (ids[2],))
    assert (found.ids_standing, found.ids_unread) == ((ids[1],), (ids[3],))


def test_nobody_counted_is_not_counted_right() -> None:
    """Without a count by people there is no residual."""
    found = stock(moves((IN, "12C34567")))
    assert (found.calculated, found.residual, found.unexplained) == (313, None, None)


def test_the_province_character_need_not_be_read_twice() -> None:
    """桂F12345 in and ?F12345 out is one lorry."""
    assert stock(moves((IN, "桂F12345"), (OUT, "?F12345"))).ids_standing == ()


def test_only_this_gate_and_this_time_and_vehicles_that_went_through_count() -> None:
    """Other gates, earlier and later passages, cancelled ones and those told twice are left out."""
    twice = OutcomeRecord(OutcomeKind.DUPLICATE, (), None, None, 0.0, NOON)
    passages = [
        *moves((IN, "12C34567"), site="tan-thanh"),
        seen("29H99991", at=NOON - timedelta(seconds=1)),
        seen("29H99992", at=EVENING),
        seen("29H99993", at=NOON, cancelled=Cancellation.REVERSED_OUT),
        seen("29H99994", at=NOON, outcome=twice),
    ]
    assert stock(passages).calculated == 312


def test_a_blind_camera_explains_its_part_and_a_gap_stays_unexplained() -> None:
    """Seven left before a blind camera and five by a gap: seven are explained by that lane's hour, five are not."""
    passages = moves(*[(IN, f"12C345{number:02}") for number in range(30)])
    post = Post("huu-nghi", "out-1", OUT, frozenset({Source.LOOP, Source.TRACKER, Source.DECLARATIONS}))
    gone = [
        Observation(source, "huu-nghi", "out-1", OUT, NOON + timedelta(minutes=number), f"{source}-{number}")
        for source in (Source.LOOP, Source.DECLARATIONS)
        for number in range(7)
    ]
    hours = flows([*of_passages(passages), *gone], [post], since=NOON, until=EVENING, settings=TrafficSettings())
    found = stock(passages, counted=312 + 30 - 7 - 5, hours=hours)
    assert (found.residual, found.explained, found.unexplained) == (-12, -7, -5)
    (cause,) = found.causes
    assert (cause.reason, cause.flow.post, cause.flow.hour_at) == (DoubtReason.CAMERA_MISSED_VEHICLES, post, NOON)


def test_a_count_of_another_gate_or_hour_is_refused() -> None:
    """What was counted at 20:00 says nothing of 19:00."""
    for count in (StockCount("tan-thanh", EVENING, 1, "x"), StockCount("huu-nghi", NOON, 1, "x")):
        with pytest.raises(ValueError, match="expected a count at huu-nghi"):
            stock_of(BEFORE, [], until=EVENING, counted=count)
    with pytest.raises(ValueError, match="after the count"):
        stock_of(BEFORE, [], until=NOON - timedelta(hours=1))


def test_the_day_begins_where_people_are() -> None:
    """Midnight in Vietnam is 17:00 UTC of the day before."""
    assert start_of_day(NOON, 7) == datetime(2026, 5, 3, 17, 0, tzinfo=UTC)
