"""Front and rear camera of one lane: one passage with the plates of tractor and trailer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contract.messages import Cancellation, Direction
from edge.frame import Frame
from edge.lpr.engine import open_reader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import LaneEvent, Observation, PlateSettled, VehicleLeft
from edge.node.lane import LaneRunner
from simulation.scenarios import scenario

FRONT, REAR = "in-1-front", "in-1-rear"


def _events(house: Any, script: Any, seed: int) -> Iterator[tuple[str, LaneEvent]]:
    reader, settings = open_reader(LprSettings()), LprSettings()
    front = LanePipeline(reader, settings, camera=FRONT, region=script.region)
    rear = LanePipeline(reader, settings, camera=REAR)
    for number, ((ahead, at_s), (behind, _)) in enumerate(
        zip(script.frames(seed), script.rear_frames(seed), strict=True)
    ):
        for pipeline, image in ((front, ahead), (rear, behind)):
            frame = Frame(image, pipeline.camera, house.at(0) + timedelta(seconds=at_s), at_s, number)
            yield from ((pipeline.camera, event) for event in pipeline.process(frame))
    for pipeline in (front, rear):
        yield from ((pipeline.camera, event) for event in pipeline.flush())


@pytest.mark.timeout(300)
def test_tractor_and_trailer_are_one_passage(house: Any, make_lane: Any) -> None:
    """A lorry drives through: the front camera reads the tractor's plate, the rear camera the trailer's."""
    script, lane = scenario("front_and_rear"), make_lane()
    for camera, event in _events(house, script, 1):
        if camera == REAR and isinstance(event, VehicleLeft):
            lane.rear_left(REAR, event)
        elif camera == FRONT and isinstance(event, PlateSettled):
            lane.settled(FRONT, event)
        elif camera == FRONT and isinstance(event, VehicleLeft):
            lane.left(FRONT, event)
    (truth,) = script.truth(1)
    last = house.told()[-1]
    assert {passage.passage_id for passage in house.told()} == {last.passage_id}
    assert last.plate is not None
    assert last.second_plate is not None
    assert (last.plate.text, last.second_plate.text) == (truth.plate, truth.second_plate)
    assert last.direction is truth.direction
    assert {ref.camera for ref in last.evidence} == {FRONT, REAR}


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
