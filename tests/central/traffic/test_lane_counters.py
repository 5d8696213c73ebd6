"""What loops and barriers count reaches the books of the hour, or is known not to."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from central.ingest.intake import Intake
from central.reports.source import gather
from central.store import Store
from central.store.lane_counters import CountedLane, HourCounters
from central.traffic.flow import DoubtReason, Post
from central.traffic.observations import Observation, Source
from central.traffic.posts import posts_of
from central.traffic.settings import TrafficSettings
from contract.messages import Direction, LaneCount, TimeQuality
from tests.central.made import NOON, lane_count, packet, stamp
from tests.central.traffic.house import drive, keeper, stream

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SINCE = NOON - 2 * HOUR
IN_1 = ("huu-nghi", "in-1", Direction.IN)


def told(loop: int, until: datetime, **more: object) -> LaneCount:
    return lane_count(loop, **{"since": SINCE, "until": until} | more)


def take(store: Store, *messages: LaneCount, at: datetime = NOON + 5 * HOUR) -> None:
    numbered = [one.model_copy(update={"seq": number}) for number, one in enumerate(messages, 1)]
    Intake(store, late_after_s=300).take([packet(one) for one in numbered], at)


def loops(store: Store) -> dict[datetime, int]:
    return {where.hour_at: one.loop for where, one in store.lane_counters.hours(SINCE, NOON + 12 * HOUR).items()}


def test_an_hour_is_the_difference_of_two_messages_in_whatever_order_they_come(store: Store) -> None:
    """Late, twice, newest first: the counts only grow, so the highest of an hour says it."""
    hours = [told(total, SINCE + number * HOUR) for number, total in enumerate((5, 5, 12), 1)]
    between = [told(2, SINCE + 20 * MINUTE), told(7, SINCE + 2 * HOUR + 10 * MINUTE)]
    messages = [*hours, *between, *hours]
    random.Random(4).shuffle(messages)
    for one in messages:
        take(store, one)
    assert loops(store) == {SINCE: 5, SINCE + HOUR: 0, SINCE + 2 * HOUR: 7}


@pytest.mark.parametrize(("away", "known"), [(30 * timedelta(seconds=1), {SINCE: 9}), (10 * MINUTE, {})])
def test_an_hour_that_was_not_watched_is_not_known(store: Store, away: timedelta, known: dict[datetime, int]) -> None:
    """A node that was started again for half a minute has counted the hour; one that was off for ten has not."""
    off = SINCE + 20 * MINUTE
    again = told(3, SINCE + HOUR, since=off + away, run_id=UUID(int=9))
    take(store, told(6, off), again)
    assert loops(store) == known


def test_what_lies_on_no_side_of_an_hours_end_is_in_neither(store: Store) -> None:
    """The message of an hour's end never came: the next total cannot be laid out over two hours; then it goes on."""
    ends = {number: SINCE + number * HOUR for number in (1, 3, 4)}
    take(store, told(4, ends[1]), told(9, ends[3]), told(11, ends[4]))
    assert loops(store) == {SINCE: 4, ends[3]: 2}


def test_clocks_that_are_not_believed_make_no_hours(store: Store) -> None:
    """Never set, or hours ahead."""
    unset = told(4, SINCE + HOUR, stamp=stamp(SINCE + HOUR, TimeQuality.UNSET))
    take(store, unset, told(4, SINCE + 3 * HOUR, run_id=UUID(int=3)), at=SINCE + HOUR)
    assert loops(store) == {}


def test_the_keeper_believes_loop_and_arm_against_a_camera(store: Store) -> None:
    """40 of 52: the hour is judged again when the counts come late, and the bulletin says what was seen of how many."""
    drive(store, *stream(Direction.IN, 40, since=SINCE, until=SINCE + HOUR, lane="in-1"))
    watch = keeper(store)
    watch.step(SINCE + HOUR + 10 * MINUTE)
    (before,) = store.traffic.flows(SINCE, NOON)
    assert (before.believed, before.doubts, "loop" in before.counts) == (40, (), False)
    take(store, told(52, SINCE + HOUR))
    watch.step(SINCE + 3 * HOUR)
    (after,) = store.traffic.flows(SINCE, NOON)
    assert (after.believed, after.counts["loop"], after.counts["tracker"]) == (52, 52, 40)
    assert [(one.reason, one.surplus) for one in after.doubts] == [("camera_missed_vehicles", -12)]
    found = gather(store, TrafficSettings(), since=SINCE, until=NOON, gates=["huu-nghi"]).bulletin()
    (missed,) = [one for one in found.doubts if one.reason is DoubtReason.CAMERA_MISSED_VEHICLES]
    assert (missed.counted, missed.loop, missed.vehicles) == (40, 52, 12)


def test_a_lane_that_its_camera_never_saw_is_in_the_books(store: Store) -> None:
    """Nobody told of a vehicle: the loop makes it a lane."""
    take(store, told(8, SINCE + HOUR))
    keeper(store).step(SINCE + 2 * HOUR)
    (flow,) = store.traffic.flows(SINCE, SINCE + HOUR)
    assert (flow.lane, flow.counts["loop"], flow.counts["tracker"], flow.believed) == ("in-1", 8, 0, 8)


def test_counts_are_kept_by_lane_and_direction(store: Store) -> None:
    """A lane of another gate has its own."""
    take(store, told(3, SINCE + HOUR), told(5, SINCE + HOUR, lane="out-1", direction=Direction.OUT, barrier=4))
    found = store.lane_counters.hours(SINCE, NOON, "huu-nghi")
    assert found[CountedLane("huu-nghi", "out-1", Direction.OUT, SINCE)] == HourCounters(5, 4)
    assert store.lane_counters.hours(SINCE, NOON, "tan-thanh") == {}


def observation(source: Source, lane: str = "in-1", direction: Direction = Direction.IN) -> Observation:
    return Observation(source, "huu-nghi", lane, direction, NOON, "1")


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ([], {"in-1": {Source.TRACKER, Source.READS}}),
        ([observation(Source.BARRIER)], {"in-1": {Source.TRACKER, Source.READS, Source.BARRIER}}),
        ([observation(Source.DECLARATIONS)], {"in-1": {Source.TRACKER, Source.READS, Source.DECLARATIONS}}),
        (
            [observation(Source.DECLARATIONS), observation(Source.DECLARATIONS, "")],
            {"in-1": {Source.TRACKER, Source.READS}, "": {Source.TRACKER, Source.DECLARATIONS}},
        ),
        ([observation(Source.DECLARATIONS, "out-1", Direction.OUT)], {"in-1": {Source.TRACKER, Source.READS}}),
        (
            [observation(Source.TRACKER, "in-2")],
            {"in-1": {Source.TRACKER, Source.READS}, "in-2": {Source.TRACKER, Source.READS}},
        ),
    ],
)
def test_which_counters_a_lane_has(heard: list[Observation], expected: dict[str, set[Source]]) -> None:
    """A counter that a lane does not have is no zero; the platform has a voice where it names lanes, else by gate."""
    posts = posts_of(heard, [IN_1])
    assert posts == [Post("huu-nghi", lane, Direction.IN, frozenset(has)) for lane, has in sorted_last_whole(expected)]


def sorted_last_whole(expected: dict[str, set[Source]]) -> list[tuple[str, set[Source]]]:
    return sorted(expected.items(), key=lambda one: (one[0] == "", one[0]))
