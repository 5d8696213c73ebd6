"""A wall clock that jumps between vehicles: their order in the lane stays, no passage lasts less than no time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from central.store import Store
from contract.messages import Passage, Stamp, TimeQuality
from edge.clock import boot_id, judge
from edge.lpr.types import PlateSettled, VehicleLeft

FRONT = "in-1-front"
BEGAN = datetime(2027, 3, 2, 7, 0, tzinfo=UTC)
BACK, FIRST_DAY, FORWARD = timedelta(hours=-2), datetime(1970, 1, 1, 0, 5, tzinfo=UTC) - BEGAN, timedelta(days=3652)
NONE = timedelta(0)
PLATES = ("12C34567", "51D12345", "29H99999", "15C12345")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'central.db'}", tmp_path)
    yield store
    store.close()


@pytest.mark.parametrize("arrival", ["oldest first", "newest first", "mixed"])
@pytest.mark.parametrize(
    "jumps",
    [
        (NONE, BACK, BACK, BACK),
        (NONE, FIRST_DAY, FIRST_DAY, NONE),
        (NONE, FORWARD, NONE, BACK),
        (FIRST_DAY, FORWARD, BACK, NONE),
    ],
)
def test_a_lane_keeps_its_order_from_the_node_to_central(
    house: Any,
    make_lane: Any,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    jumps: tuple[timedelta, ...],
    arrival: str,
) -> None:
    """Two hours back, to 1970, ten years forward; however the messages reach central."""
    lane = make_lane()
    for number, (plate, jump) in enumerate(zip(PLATES, jumps, strict=True)):
        house.began_at = BEGAN + jump  # the wall clock; monotonic time goes on
        came_s = 100.0 * number
        moment = Stamp(
            at=house.at(came_s + 9),
            boot_id=boot_id(),
            monotonic_s=1000 + came_s + 9,
            time_quality=judge(year=house.at(0).year, synced_now=False, synced_once=True, clock_chip=True),
        )
        monkeypatch.setattr("edge.node.journal.stamp", lambda moment=moment: moment)
        early = house.seen(plate, came_s, came_s + 2)
        lane.settled(FRONT, PlateSettled(number, early.last_seen_at, early.plate, early))
        lane.left(FRONT, VehicleLeft(number, house.seen(plate, came_s, came_s + 9)))
    told: list[Passage] = house.told()
    assert [one.stamp.monotonic_s for one in told] == sorted(one.stamp.monotonic_s for one in told)
    if arrival == "newest first":
        told.reverse()
    elif arrival == "mixed":
        random.Random(5).shuffle(told)
    for message in told:
        with store.transaction(datetime.now(UTC)) as transaction:
            store.passages.save(transaction, message, late_after=timedelta(minutes=5))
    listed = store.passages.list(site="made-up", lane="in-1").items
    assert [record.plate.text for record in reversed(listed) if record.plate] == list(PLATES)
    assert all(record.last_seen_at - record.first_seen_at == timedelta(seconds=9) for record in listed)
    unset = [record.plate.text for record in listed if record.plate and record.time_quality is TimeQuality.UNSET]
    assert set(unset) == {plate for plate, jump in zip(PLATES, jumps, strict=True) if jump == FIRST_DAY}


@pytest.mark.parametrize("jump", [BACK, FIRST_DAY, FORWARD])
def test_a_trailer_is_joined_over_a_jump_and_never_to_a_later_vehicle(
    house: Any, make_lane: Any, jump: timedelta
) -> None:
    """Cameras of a lane are joined by the clock that is never set."""
    lane = make_lane()
    house.began_at = BEGAN
    lane.left(FRONT, VehicleLeft(1, house.seen("12C34567", 0, 9)))
    house.began_at = BEGAN + jump
    lane.rear_left("in-1-rear", VehicleLeft(1, house.seen("12R00123", 10, 14, camera="in-1-rear", grey=60)))
    house.began_at = BEGAN + timedelta(seconds=202)  # set again: what is seen now is told as of 302 s
    lane.rear_left("in-1-rear", VehicleLeft(2, house.seen("12R00999", 100, 104, camera="in-1-rear", grey=80)))
    house.began_at = BEGAN
    lane.left(FRONT, VehicleLeft(2, house.seen("51D12345", 300, 309, grey=90)))
    last = {passage.plate.text: passage for passage in house.told() if passage.plate}
    assert last["12C34567"].second_plate is not None
    assert last["12C34567"].second_plate.text == "12R00123"
    assert last["51D12345"].second_plate is None
