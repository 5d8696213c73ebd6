"""Two drawn lorries through one lane, with the real reader: each picture that was sent is read again, and says the plate."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
import pytest

from contract.messages import Direction, Evidence, EvidenceKind, Passage
from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader, open_reader
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import PlateSettled, VehicleLeft
from simulation.lane import FAR_M, STOP_M, Sight
from simulation.scene import LaneScene
from simulation.traffic import Declared, LaneTraffic, Lorry

FRONT = "in-1-front"
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


def _shown(picture: Evidence) -> Image:
    image = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image, dtype=np.uint8)


def test_each_picture_shows_the_plate_of_its_passage(
    house: Any, make_lane: Any, reader: PlateReader, lorries: tuple[Lorry, Lorry]
) -> None:
    """Crops and frames read back give the passage's own plate, and never that of the other lorry."""
    pipeline, lane = LanePipeline(reader, SETTINGS, camera=FRONT), make_lane()
    for frame in _frames(house, lorries):
        for event in pipeline.process(frame):
            if isinstance(event, PlateSettled):
                lane.settled(FRONT, event)
            elif isinstance(event, VehicleLeft):
                lane.left(FRONT, event)
    passages = {passage.passage_id: passage for passage in house.told()}
    texts = [lorry.front.text for lorry in lorries if lorry.front]
    assert [passage.plate.text for passage in passages.values() if passage.plate] == texts
    assert house.journal.doubted == 0
    sent = {picture.sha256: picture for picture in house.pictures()}
    for passage in passages.values():
        kinds = {ref.kind for ref in passage.evidence}
        assert kinds == set(EvidenceKind)
        for ref in passage.evidence:
            assert sent[ref.sha256].passage_id == passage.passage_id
            _check(reader, passage, sent[ref.sha256])


def _check(reader: PlateReader, passage: Passage, picture: Evidence) -> None:
    assert passage.plate is not None
    image = _shown(picture)
    reads = reader.read_crop(image) if picture.kind is EvidenceKind.CROP else reader.read_picture(image)
    texts = [read.text for _, read in reads.plates]
    if picture.kind is EvidenceKind.OVERVIEW:  # it may show the flank alone, but no other plate
        assert set(texts) <= {passage.plate.text}
    else:
        assert texts == [passage.plate.text]
