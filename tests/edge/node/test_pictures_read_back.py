"""Drawn lorries through one lane, with the real reader: each picture that was sent is read again, and says the plate."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest

from contract.messages import Direction, EvidenceKind, Passage
from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader, open_reader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import LaneEvent, PlateSettled, VehicleLeft
from edge.lpr.vote import unlike
from edge.node.lane import LaneRunner
from simulation.lane import FAR_M, STOP_M, Sight
from simulation.scenarios import scenario
from simulation.scene import LaneScene
from simulation.traffic import Declared, LaneTraffic, Lorry

FRONT, REAR = "in-1-front", "in-1-rear"
STEP_S = 0.25
SETTINGS = LprSettings()


@pytest.fixture(scope="module")
def reader() -> PlateReader:
    return open_reader(SETTINGS)


@pytest.fixture(scope="module")
def lorries() -> tuple[Lorry, Lorry]:
    """Two with clean plates."""
    rng = random.Random(8)
    first, second = (LaneTraffic("made-up", f"in-{n}", Direction.IN, rng, Declared.EXACT).next() for n in (1, 2))
    return first, second


def _way(lorry: Lorry) -> Iterator[tuple[Lorry | None, float]]:
    """An empty lane, then a lorry that comes, stands and goes on past the camera, metre by metre."""
    yield from ((None, FAR_M) for _ in range(12))
    yield from ((lorry, float(metres)) for metres in np.linspace(20, STOP_M, 8))
    yield from ((lorry, STOP_M) for _ in range(5))
    yield from ((lorry, float(metres)) for metres in np.linspace(STOP_M, -14, 10))


def _frames(house: Any, lorries: tuple[Lorry, Lorry]) -> Iterator[Frame]:
    scene = LaneScene(night=False, rear_camera=False, mirrored=False, seed=3)
    views = [view for lorry in lorries for view in _way(lorry)] + [(None, FAR_M)] * 12
    for number, (lorry, metres) in enumerate(views):
        at_s = number * STEP_S
        image = scene.front(Sight(at_s, 0.0, front=lorry, front_m=metres, moving=True))
        yield Frame(image, FRONT, house.began_at + timedelta(seconds=at_s), 1000 + at_s, number)


def _drive(house: Any, lane: LaneRunner, reader: PlateReader, views: Iterable[tuple[Frame, ...]]) -> None:
    """Let cameras see these frames, and tell what becomes of them, as a node does."""
    pipelines = {camera: LanePipeline(reader, SETTINGS, camera=camera) for camera in (FRONT, REAR)}
    for together in views:
        for frame in together:
            _tell(lane, frame.camera, pipelines[frame.camera].process(frame))
    for camera, pipeline in pipelines.items():
        _tell(lane, camera, pipeline.flush())
    assert house.journal.doubted == 0


def _tell(lane: LaneRunner, camera: str, events: list[LaneEvent]) -> None:
    for event in events:
        if isinstance(event, VehicleLeft):
            lane.rear_left(camera, event) if camera == REAR else lane.left(camera, event)
        elif isinstance(event, PlateSettled) and camera == FRONT:
            lane.settled(camera, event)


def _check_pictures(house: Any, reader: PlateReader) -> list[Passage]:
    """Every picture of every passage says that passage's own plate; returns the passages as they were told last."""
    passages = {passage.passage_id: passage for passage in house.told()}
    sent = {picture.sha256: picture for picture in house.pictures()}
    for passage in passages.values():
        assert {ref.kind for ref in passage.evidence} == set(EvidenceKind)
        for ref in passage.evidence:
            picture = sent[ref.sha256]
            assert picture.passage_id == passage.passage_id
            plate = passage.second_plate if ref.camera == REAR else passage.plate
            assert plate is not None
            image = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
            assert image is not None
            _check(reader, plate.text, np.asarray(image, dtype=np.uint8), ref.kind)
    return list(passages.values())


def _check(reader: PlateReader, plate: str, image: Image, kind: EvidenceKind) -> None:
    reads = reader.read_crop(image) if kind is EvidenceKind.CROP else reader.read_picture(image)
    texts = [read.text for _, read in reads.plates]
    if kind is EvidenceKind.OVERVIEW:  # it may show the flank alone, or the plate too small to read well
        assert not any(unlike(text, plate) for text in texts)
    else:
        assert texts == [plate]


def test_each_picture_shows_the_plate_of_its_passage(
    house: Any, make_lane: Any, reader: PlateReader, lorries: tuple[Lorry, Lorry]
) -> None:
    """Two lorries, one after the other: crops and frames read back give the passage's own plate, never the other's."""
    _drive(house, make_lane(), reader, ((frame,) for frame in _frames(house, lorries)))
    passages = _check_pictures(house, reader)
    assert [passage.plate.text for passage in passages if passage.plate] == [
        lorry.front.text for lorry in lorries if lorry.front
    ]


@pytest.mark.parametrize("name", ["nose_to_tail", "front_and_rear"])
def test_pictures_keep_to_their_vehicle_where_it_is_hard(
    house: Any, make_lane: Any, reader: PlateReader, name: str
) -> None:
    """A lane that is never empty between two lorries; a trailer's plate that only the rear camera sees."""
    show = scenario(name).show()
    cameras = [(FRONT, show.frames()), *([(REAR, show.frames(rear=True))] if show.rear_actors else [])]

    def views() -> Iterator[tuple[Frame, ...]]:
        for number, together in enumerate(zip(*(frames for _, frames in cameras), strict=True)):
            yield tuple(
                Frame(image, camera, house.began_at + timedelta(seconds=at_s), 1000 + at_s, number)
                for (camera, _), (image, at_s) in zip(cameras, together, strict=True)
            )

    _drive(house, make_lane(), reader, views())
    passages = _check_pictures(house, reader)
    assert [(p.plate and p.plate.text, p.second_plate and p.second_plate.text, p.direction) for p in passages] == [
        (truth.plate, truth.second_plate, truth.direction) for truth in show.vehicles
    ]
    assert {ref.camera for passage in passages for ref in passage.evidence} == {camera for camera, _ in cameras}
