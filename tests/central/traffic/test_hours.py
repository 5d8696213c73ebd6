"""The kept hours are always what counting all passages anew would give, and say which counter is doubted."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from central.store import Store
from central.store.declaration_records import DeclarationState
from central.store.outcome_records import OutcomeKind, OutcomeRecord
from central.store.traffic import begin_of_hour
from central.traffic.flow import DoubtReason
from central.traffic.observations import counts
from contract.messages import BarrierEvent, Cancellation, Direction, TimeQuality
from tests.central.databases import BOTH
from tests.central.made import NOON, declared, stamp
from tests.central.traffic.house import drive, keeper, stream, vehicle

HOUR = timedelta(hours=1)
END = NOON + 12 * HOUR
EVER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)

deeds = st.lists(
    st.tuples(
        st.sampled_from(["comes", "moves", "cancelled", "doubled", "single", "unset", "ahead", "kept"]),
        st.integers(0, 5),  # which vehicle
        st.integers(0, 300),  # minutes after noon
    ),
    min_size=1,
    max_size=12,
)


def kept(store: Store) -> Counter[tuple[datetime, str, str]]:
    found: Counter[tuple[datetime, str, str]] = Counter()
    for one in store.traffic.hours(*EVER):
        found[one.hour_at, one.lane, one.direction.value] += one.vehicles
    return found


def counted_anew(store: Store) -> Counter[tuple[datetime, str, str]]:
    everything = store.passages.seen_since(EVER[0])
    return Counter((begin_of_hour(one.seen_at), one.lane, one.direction.value) for one in everything if counts(one))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds)
@example([("comes", 0, 200), ("kept", 0, 0), ("moves", 0, 120)])  # out of an hour that was counted
@example([("comes", 0, 200), ("kept", 0, 0), ("unset", 0, 200)])  # its hour is that in which it came in
def test_hours_follow_whatever_becomes_of_passages(empty_database: Path, series: list[tuple[str, int, int]]) -> None:
    """New, revised into another hour and lane, cancelled, told twice and not after all, clocks unset or ahead."""
    with TemporaryDirectory() as folder:
        shutil.copyfile(empty_database, Path(folder) / "central.db")
        store = Store.open(f"sqlite:///{folder}/central.db", Path(folder) / "evidence")
        keeper(store).step(NOON)  # from here on it follows the changes
        vehicles = [vehicle(Direction.IN, NOON) for _ in range(6)]
        for number, (deed, which, minute) in enumerate(series):
            one, at = vehicles[which], NOON + timedelta(minutes=minute)
            if deed in ("doubled", "single"):
                kind = OutcomeKind.DUPLICATE if deed == "doubled" else OutcomeKind.UNDECLARED
                with store.transaction(END) as transaction:
                    store.outcomes.revise(transaction, [OutcomeRecord(kind, (), one.passage_id, None, 0.5, END)])
            elif deed == "kept":
                keeper(store).step(END)
            else:
                changes = {
                    "comes": {},
                    "moves": {"lane": "in-2", "first_seen_at": at, "last_seen_at": at},
                    "cancelled": {"cancelled": next(iter(Cancellation))},
                    "unset": {"stamp": stamp(quality=TimeQuality.UNSET)},
                    "ahead": {"first_seen_at": END + HOUR, "last_seen_at": END + HOUR},
                }[deed]
                vehicles[which] = one.model_copy(update={"revision": number + 1, **changes})
                drive(store, vehicles[which], at=at)
        keeper(store).step(END)
        assert kept(store) == counted_anew(store)
        store.close()


def test_when_changes_were_forgotten_the_hours_are_counted_from_the_passages(store: Store) -> None:
    """A keeper that was away for longer than the list of changes reaches back misses nothing."""
    keeper(store).step(NOON)
    drive(store, *stream(Direction.OUT, 7, since=NOON, until=NOON + HOUR))
    with store.transaction(END) as transaction:
        store.events.forget_before(transaction, store.events.latest_id() + 1)
        store.surge.tell(transaction)
    keeper(store).step(END)
    assert kept(store) == {(NOON, "out-1", "out"): 7}


def test_what_was_there_before_anybody_counted_is_counted_for_a_year_back(store: Store) -> None:
    """The list of what to repair then adds up hours, where it would go through millions of passages."""
    long_ago = NOON - timedelta(days=200)
    drive(store, *stream(Direction.IN, 5, since=long_ago, until=long_ago + HOUR))
    keeper(store).step(END)
    assert store.traffic.first_hour() == long_ago
    assert sum(one.vehicles for one in store.traffic.hours(long_ago, END)) == 5


def test_months_of_a_lane_add_up_whether_their_hours_are_kept_or_not(store: Store) -> None:
    """From the middle of an hour on, with vehicles whose plate was not read; nothing twice, nothing left out."""
    drive(store, *stream(Direction.IN, 12, since=NOON, until=NOON + 3 * HOUR))
    drive(store, *stream(Direction.IN, 4, since=NOON + HOUR, until=NOON + 2 * HOUR, plate=None))
    since = NOON + HOUR / 2

    def told() -> tuple[int, int]:
        found = store.traffic.totals_since(since, END)
        return sum(one.vehicles for one in found), sum(one.unread for one in found)

    uncounted = told()
    keeper(store).step(END)
    assert kept(store)
    assert uncounted == told() == (14, 4)


def confirmed(store: Store, number: int, at: datetime, lane: str | None = "in-1") -> None:
    one = replace(declared(number=number, at=at), state=DeclarationState.CONFIRMED, confirmed_at=at, lane=lane)
    with store.transaction(at) as transaction:
        store.declarations.save(transaction, one, payload="{}")


@pytest.mark.parametrize("database", BOTH)
def test_a_blind_camera_is_named_in_its_hour(store: Store) -> None:
    """Barrier and platform agree that more went through; the doubt is kept with what each counted."""
    opened = (BarrierEvent(at=NOON, event="opened"), *[BarrierEvent(at=NOON, event="tailgated")] * 4)
    drive(store, *stream(Direction.IN, 3, since=NOON, until=NOON + HOUR, barrier=opened))
    for number in range(15):
        confirmed(store, number, NOON + timedelta(minutes=3 * number))
    keeper(store).step(NOON + HOUR)
    assert store.traffic.flows(*EVER) == ()  # not before the hour has settled
    keeper(store).step(NOON + HOUR + timedelta(minutes=10))
    (flow,) = store.traffic.flows(*EVER)
    assert (flow.site, flow.lane, flow.hour_at, flow.believed) == ("huu-nghi", "in-1", NOON, 15)
    assert flow.counts == {"tracker": 3, "reads": 3, "barrier": 15, "declarations": 15}
    assert [(doubt.source, doubt.reason, doubt.surplus) for doubt in flow.doubts] == [
        ("tracker", DoubtReason.CAMERA_MISSED_VEHICLES, -12)
    ]


def test_an_hour_is_judged_again_when_a_confirmation_comes_late(store: Store) -> None:
    """Undeclared at first; balanced once the platform has told of all."""
    later = NOON + HOUR + timedelta(minutes=10)
    drive(store, *stream(Direction.IN, 6, since=NOON, until=NOON + HOUR))
    confirmed(store, 0, NOON, lane=None)
    keeper(store).step(later)
    doubted = [flow.lane for flow in store.traffic.flows(*EVER) if flow.doubts]
    assert doubted == [""]  # the platform names no lanes: all lanes of the direction together
    for number in range(1, 6):
        confirmed(store, number, NOON + timedelta(minutes=5), lane=None)
    keeper(store).step(later + timedelta(minutes=5))
    assert not any(flow.doubts for flow in store.traffic.flows(*EVER))
