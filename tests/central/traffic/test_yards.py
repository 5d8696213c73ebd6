"""What people count and say, the books between two counts, plans that people bring in, and the model of a day."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from central.store import Store
from central.store.traffic_records import StatementKind
from central.traffic import plans
from central.traffic.outlook import Asked, NoModelError, outlook_of, what_if_of
from central.traffic.settings import TrafficSettings
from central.traffic.surge_plan import SurgePlan
from central.traffic.weigh import weigh
from central.traffic.yards import yard_of
from contract.errors import ConfigError
from contract.messages import BarrierEvent, Direction
from tests.central.databases import BOTH
from tests.central.made import NOON
from tests.central.traffic.house import VIETNAM_H, count_yard, drive, keeper, stream
from tests.central.traffic.test_hours import confirmed

HOUR = timedelta(hours=1)
SETTINGS = TrafficSettings()


def level_at(store: Store, at: datetime) -> int:
    return weigh(store, SETTINGS, at, VIETNAM_H).level


def test_the_residual_between_two_counts_is_explained_by_the_blind_hour(store: Store) -> None:
    """15 came in and the camera saw 3; people count 14 more than the books: 12 explained, 2 not."""
    opened = (BarrierEvent(at=NOON, event="opened"), *[BarrierEvent(at=NOON, event="tailgated")] * 4)
    count_yard(store, 100, at=NOON - timedelta(minutes=17))
    drive(store, *stream(Direction.IN, 3, since=NOON, until=NOON + HOUR, barrier=opened))
    for number in range(15):
        confirmed(store, number, NOON + timedelta(minutes=3 * number))
    drive(store, *stream(Direction.OUT, 5, since=NOON + 2 * HOUR, until=NOON + 3 * HOUR))
    wrong = count_yard(store, 999, at=NOON + 4 * HOUR)
    count_yard(store, 112, at=NOON + 4 * HOUR + timedelta(minutes=1))
    drive(store, *stream(Direction.IN, 2, since=NOON + 5 * HOUR, until=NOON + 6 * HOUR))
    keeper(store).step(NOON + 7 * HOUR)
    with store.transaction(NOON + 7 * HOUR) as transaction:
        assert store.surge.withdraw_count(transaction, wrong, actor="lan")
        assert not store.surge.withdraw_count(transaction, wrong, actor="minh")
    yard = yard_of(store, "huu-nghi", NOON + 7 * HOUR, SETTINGS)
    assert yard.closed is not None
    assert (yard.closed.calculated, yard.closed.residual) == (98, 14)
    assert (yard.closed.explained, yard.closed.unexplained) == (12, 2)
    assert yard.stock == 114
    withdrawn = [(one.vehicles, one.withdrawn_by) for one in store.surge.counts("huu-nghi") if one.withdrawn_at]
    assert withdrawn == [(999, "lan")]


def test_a_count_that_is_too_old_says_nothing_any_more(store: Store) -> None:
    """After a week nobody knows what stands there, and a level that the stock called for is not left by that."""
    count_yard(store, 1600, at=NOON)
    for minutes in (1, 20):
        level = level_at(store, NOON + timedelta(minutes=minutes))
    assert level == 4
    long_after = NOON + timedelta(days=8)
    assert yard_of(store, "huu-nghi", long_after, SETTINGS).stock is None
    for hour in range(5):
        assert level_at(store, long_after + hour * HOUR) == 4


def test_yards_that_nobody_counted_make_the_stock_a_least_one(store: Store) -> None:
    """What is known may call for a level; that the rest is unknown is no reason to leave it."""
    count_yard(store, 1600, at=NOON)
    count_yard(store, 30, at=NOON - timedelta(days=6), site="tan-thanh")
    for minutes in (1, 20):
        level_at(store, NOON + timedelta(minutes=minutes))
    count_yard(store, 10, at=NOON + HOUR)
    for minutes in range(0, 300, 20):  # Tân Thanh's count has been too old for days
        at = NOON + timedelta(days=2, minutes=minutes)
        assert level_at(store, at) == 4
    assert store.surge.state().situation["stock"] is None  # type: ignore[union-attr]  # there is one


@pytest.mark.parametrize("database", BOTH)
def test_people_are_believed_at_once_until_they_take_it_back(store: Store) -> None:
    """China stops: level 4 in the same moment; a mistake ends it, and the level comes down step by step."""
    assert level_at(store, NOON) == 0
    with store.transaction(NOON) as transaction:
        said = store.surge.say(transaction, StatementKind.CHINA_STOPPED, until=NOON + 8 * HOUR, actor="lan")
    assert level_at(store, NOON + timedelta(seconds=1)) == 4
    with store.transaction(NOON + HOUR) as transaction:
        assert store.surge.end_statement(transaction, said, actor="minh", was_mistake=True)
        assert not store.surge.end_statement(transaction, said, actor="lan")
    levels = [level_at(store, NOON + HOUR + timedelta(minutes=20 * step)) for step in range(16)]
    assert sorted(set(levels), reverse=True) == [4, 3, 2, 1, 0]
    assert levels == sorted(levels, reverse=True)
    (one,) = store.surge.statements(ending_after=NOON)
    assert (one.said_by, one.ended_by, one.was_mistake) == ("lan", "minh", True)


def test_of_two_programs_that_weigh_the_later_moment_counts(store: Store) -> None:
    """A moment before the latest changes nothing: one step follows the other."""
    weigh(store, SETTINGS, NOON + HOUR, VIETNAM_H)
    assert weigh(store, SETTINGS, NOON, VIETNAM_H).at == NOON + HOUR


def test_a_plan_that_is_brought_in_applies_from_its_day_on(store: Store) -> None:
    """Its version must be higher; every level says which plan it followed, and that stays readable."""
    first = SurgePlan.load()
    second = first.model_copy(update={"version": 2, "arrivals_least": 40, "valid_from": NOON.date()})
    with pytest.raises(ConfigError, match="above 1"):
        plans.bring_in(store, first, first, actor="lan", now=NOON)
    plans.bring_in(store, first, second, actor="lan", now=NOON)
    assert plans.plan_for(store, first, NOON.date() - timedelta(days=1)) == first
    assert plans.plan_for(store, first, NOON.date()) == second
    level_at(store, NOON)
    state = store.surge.state()
    assert state is not None
    assert state.plan_fingerprint == second.fingerprint
    assert plans.kept_plan(store, first, second.fingerprint) == second


def test_a_day_is_asked_what_if(store: Store) -> None:
    """Nobody waits longer with one more lane; without a count of the yards nobody knows."""
    midnight = NOON - 12 * HOUR
    drive(store, *stream(Direction.IN, 60, since=NOON - 4 * HOUR, until=NOON))
    drive(store, *stream(Direction.OUT, 48, since=NOON - 4 * HOUR, until=NOON + 4 * HOUR))
    keeper(store).step(NOON + 5 * HOUR)
    asked = (Asked(more_lanes=1), Asked(earlier_min=120))
    with pytest.raises(NoModelError, match="count"):
        what_if_of(store, SETTINGS, "huu-nghi", midnight, asked)
    count_yard(store, 20, at=midnight - HOUR)
    found = what_if_of(store, SETTINGS, "huu-nghi", midnight, asked)
    assert (found.lanes, found.stock_before) == (1, 20)
    assert (found.opens_h, found.closes_h) == (8, 16)
    assert found.answers[asked[0]].stock_at <= found.as_it_was.stock_at <= found.answers[asked[1]].stock_at


def test_the_outlook_knows_the_hours_and_those_to_come(store: Store) -> None:
    """Whole hours of the past, what came so far in this one, six hours ahead."""
    drive(store, *stream(Direction.IN, 30, since=NOON - 30 * HOUR, until=NOON))
    drive(store, *stream(Direction.OUT, 1, since=NOON + timedelta(minutes=5), until=NOON + HOUR))
    keeper(store).step(NOON + timedelta(minutes=31))
    found = outlook_of(store, None, NOON + timedelta(minutes=31), VIETNAM_H, stock=5)
    assert (found.arrivals.last(30), found.running) == (30, {Direction.IN: 0, Direction.OUT: 1})
    assert [one.hour_at for one in found.expected] == [NOON + hour * HOUR for hour in range(6)]
    assert found.error is None
    assert outlook_of(store, "tan-thanh", NOON, VIETNAM_H, stock=None).expected == ()
