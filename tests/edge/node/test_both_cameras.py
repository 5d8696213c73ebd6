"""Front and rear camera of one lane: one passage with the plates of tractor and trailer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contract.messages import Cancellation, Direction
from edge.lpr.types import Observation, PlateSettled, VehicleLeft
from edge.node.lane import LaneRunner

FRONT, REAR = "in-1-front", "in-1-rear"


def _went(lane: LaneRunner, seen: Observation) -> None:
    assert seen.plate is not None
    lane.settled(FRONT, PlateSettled(1, seen.last_seen_at, seen.plate, replace(seen, turned_back=False, crossed=None)))
    lane.left(FRONT, VehicleLeft(1, seen))


def test_what_reverses_out_is_cancelled(house: Any, make_lane: Any) -> None:
    """It was told when its plate was settled; the next revision says that it did not go through, and why."""
    _went(make_lane(), replace(house.seen("12C34567", 0, 30), turned_back=True))
    first, last = house.told()
    assert first.passage_id == last.passage_id
    assert (first.cancelled, last.cancelled) == (None, Cancellation.REVERSED_OUT)


def test_the_trigger_line_says_which_way_it_went(house: Any, make_lane: Any) -> None:
    """A lorry that drives out through the lane that leads in is told as going out."""
    _went(make_lane(), replace(house.seen("12C34567", 0, 30), crossed=Direction.OUT))
    assert [passage.direction for passage in house.told()] == [Direction.IN, Direction.OUT]


def test_motorcycles_plate_comes_from_the_rear_camera(house: Any, make_lane: Any) -> None:
    """Two close behind each other, without a plate in front: each is one passage with its own plate and pictures."""
    lane = make_lane()
    lane.left(FRONT, VehicleLeft(1, house.seen(None, 0, 9, grey=90)))
    lane.left(FRONT, VehicleLeft(2, house.seen(None, 9.2, 12, grey=160)))
    lane.rear_left(REAR, VehicleLeft(1, house.seen("29B112345", 9.0, 12, camera=REAR, grey=60)))
    lane.rear_left(REAR, VehicleLeft(2, house.seen("12S167890", 12.1, 15, camera=REAR, grey=200)))
    told = {passage.passage_id: passage for passage in house.told()}
    first, second = told.values()
    assert [passage.plate for passage in (first, second)] == [None, None]
    assert [passage.second_plate.text for passage in (first, second)] == ["29B112345", "12S167890"]
    for passage, last_s, gone_s in ((first, 9, 12), (second, 12, 15)):
        taken = {(ref.camera, ref.captured_at) for ref in passage.evidence}
        assert taken == {(FRONT, house.at(last_s)), (REAR, house.at(gone_s))}
