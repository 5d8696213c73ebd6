"""What a bulletin is made of, as the store has it: the passages of the span, their declarations, counts and cameras."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from central.reports.bulletin import Bulletin, Column
from central.reports.doubts import OwnReason
from central.reports.source import Gathered, gather
from central.store import Store
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.traffic.flow import DoubtReason
from central.traffic.keeper import TrafficKeeper
from central.traffic.settings import TrafficSettings
from contract.messages import (
    Cancellation,
    Direction,
    HealthLevel,
    HealthReason,
    LaneInfo,
    LaneMode,
    Passage,
    TimeQuality,
)
from tests.central.made import NOON, birth, declared, health, passage, stamp

IN, OUT = Direction.IN, Direction.OUT
SINCE, UNTIL = NOON - timedelta(hours=4), NOON + timedelta(hours=4)
HOUR = timedelta(hours=1)


def lanes(store: Store) -> None:
    """Hữu Nghị with a lane each way, one camera each."""
    info = tuple(
        LaneInfo(lane=f"{way}-1", direction=way, mode=LaneMode.ASSIST, cameras=(f"{way}-1-front",)) for way in Direction
    )
    with store.transaction(SINCE) as transaction:
        store.nodes.report_status(transaction, birth(lanes=info))


def drive(store: Store, *messages: Passage, links: dict[int, str] | None = None) -> None:
    """They come in, and reconciliation holds some to be the vehicles of declarations: number to declaration."""
    with store.transaction(max(one.first_seen_at for one in messages) + timedelta(minutes=1)) as transaction:
        store.passages.save(transaction, *messages, late_after=HOUR)
        said = [
            OutcomeRecord(OutcomeKind.MATCHED, (), UUID(int=1000 + seq), key, 0.99, NOON)
            for seq, key in (links or {}).items()
        ]
        store.outcomes.revise(transaction, said, set())


def declare(store: Store, *them: DeclarationRecord) -> None:
    with store.transaction(NOON) as transaction:
        for one in them:
            store.declarations.save(transaction, one, payload="{}")


def count(store: Store, vehicles: int, hours: float) -> None:
    """People count the yards, so many hours after noon."""
    at = NOON + timedelta(hours=hours)
    with store.transaction(at) as transaction:
        store.surge.add_count(transaction, "huu-nghi", vehicles, at=at, actor="lan")


def gathered(store: Store) -> Gathered:
    return gather(store, TrafficSettings(), since=SINCE, until=UNTIL)


def bulletin(store: Store) -> Bulletin:
    return gathered(store).bulletin()


def test_passages_of_the_span_with_their_declarations_whenever_those_were_due(store: Store) -> None:
    """Also one whose window began weeks ago; what did not go through, too; and nothing of before or after."""
    lanes(store)
    declare(store, declared(number=1), declared("12C-345.68", number=2, at=NOON - timedelta(days=20)))
    drive(
        store,
        passage(1),
        passage(2, "12C34568", at=NOON + HOUR),
        passage(3, "12C34569", cancelled=Cancellation.REVERSED_OUT),
        passage(4, at=SINCE - timedelta(seconds=1)),
        passage(5, at=UNTIL),
        passage(6, at=NOON, site="tan-thanh", node="tan-thanh-1"),
        links={1: "HN-000001", 2: "HN-000002"},
    )
    found = bulletin(store)
    line = found.line("huu-nghi", IN)
    assert (line.figures[Column.FRUIT].count, line.figures[Column.TURNED_BACK].count) == (2, 1)
    assert line.through.count == 2
    assert found.gates == ("huu-nghi",)  # nobody ever heard of a lane of the other one


def test_a_passage_whose_clock_was_not_set_counts_when_it_came(store: Store) -> None:
    """Its node woke up half a year before; central heard of it at noon."""
    lanes(store)
    with store.transaction(NOON) as transaction:
        at = NOON - timedelta(days=180)
        told = passage(1, at=at, stamp=stamp(at, TimeQuality.UNSET))
        store.passages.save(transaction, told, late_after=HOUR)
    keeper = TrafficKeeper(store, TrafficSettings(), 7.0)
    keeper.step(NOON)  # from now on it follows what comes in
    with store.transaction(NOON) as transaction:
        store.passages.save(transaction, told.model_copy(update={"revision": 1}), late_after=HOUR)
    keeper.step(NOON)
    found = bulletin(store)
    assert found.line("huu-nghi", IN).through.passage_ids == (str(told.passage_id),)
    assert OwnReason.CLOCK_UNSET in {one.reason for one in found.doubts}


def test_the_last_count_by_people_is_carried_to_the_moment(store: Store) -> None:
    """40 an hour before, one came since: 41 are carried over. Half an hour before the end 43, and one left since."""
    lanes(store)
    count(store, 40, -5)
    count(store, 43, 3.5)
    drive(
        store,
        passage(1, at=NOON - timedelta(hours=4.5)),
        passage(2, "12C34568", at=NOON),
        passage(3, "12C34569", at=NOON + timedelta(hours=3.75), lane="out-1", direction=OUT),
    )
    TrafficKeeper(store, TrafficSettings(), 7.0).step(UNTIL + HOUR)
    stock = bulletin(store).stocks["huu-nghi"]
    assert (stock.before.vehicles, stock.calculated) == (41, 41)
    assert stock.counted is not None
    assert (stock.counted.vehicles, stock.residual) == (42, 1)


def test_nobody_counted_in_the_end(store: Store) -> None:
    """A count of hours ago says nothing of the residual now; without any count there is no stock."""
    lanes(store)
    assert bulletin(store).stocks == {}
    count(store, 40, -5)
    stock = bulletin(store).stocks["huu-nghi"]
    assert (stock.calculated, stock.counted, stock.residual) == (40, None, None)


def test_a_camera_that_failed_and_what_it_missed(store: Store) -> None:
    """Its health says since when; the platform confirmed two vehicles there meanwhile, and one before."""
    lanes(store)
    dark = {"level": HealthLevel.FAILED, "reason": HealthReason.DARK, "lane": "in-1", "camera": "in-1-front"}
    for health_of, hours in (
        (health(since=SINCE, lane="in-1", camera="in-1-front", stamp=stamp(NOON)), 0.0),
        (health(**dark, since=NOON, stamp=stamp(NOON + 2 * HOUR)), 2.0),
        (health(since=NOON + 2 * HOUR, lane="in-1", camera="in-1-front", stamp=stamp(UNTIL)), 4.0),
    ):
        with store.transaction(NOON + timedelta(hours=hours)) as transaction:
            store.cameras.report(transaction, health_of)
    for number, minutes in ((1, -30), (2, 10), (3, 70)):
        at = NOON + timedelta(minutes=minutes)
        one = declared(f"12C-345.{number:02}", number=number, at=at, state=DeclarationState.CONFIRMED, lane="in-1")
        declare(store, replace(one, confirmed_at=at))
    found = bulletin(store)
    told = {one.reason: (one.lane, one.since, one.until, one.vehicles) for one in found.doubts}
    assert told[OwnReason.CAMERA_DOWN] == ("in-1", NOON, NOON + 2 * HOUR, None)
    assert told[DoubtReason.CAMERA_MISSED_VEHICLES] == ("in-1", NOON, NOON + 2 * HOUR, 2)
    assert found.line("huu-nghi", IN).missed == {Column.FRUIT: ("HN-000002", "HN-000003")}


def test_a_shift_that_begins_within_an_hour_has_its_counters_in_whole_hours(store: Store) -> None:
    """Its numbers are of the whole shift all the same."""
    lanes(store)
    drive(store, passage(1, at=SINCE + timedelta(minutes=20)))
    found = gather(store, TrafficSettings(), since=SINCE + timedelta(minutes=10), until=UNTIL - timedelta(minutes=10))
    assert found.bulletin().line("huu-nghi", IN).through.count == 1
    hours = {flow.hour_at for flow in found.flows}
    assert (min(hours), max(hours)) == (SINCE + HOUR, UNTIL - 2 * HOUR)
    tiny = gather(store, TrafficSettings(), since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=2))
    assert tiny.flows == ()
