"""Watching begins while a lorry stands in the lane: what was learnt with it in view is no empty lane."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from contract.region import CameraRegion
from edge.frame import Frame, Image
from edge.lpr.engine import PlateReader
from edge.lpr.lane_area import LaneArea
from edge.lpr.motion import Foreground, LaneBackground
from edge.lpr.pipeline import LanePipeline
from edge.lpr.settings import LprSettings
from edge.lpr.types import Observation, VehicleLeft
from tests.edge.node.whole_node import PLATES, ColourDetector, ColourReader

_NOISE = np.random.default_rng(3)
_BEGAN_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
_FPS = 4


def _lane(*, lorry: str | None = None, down_px: int = 0, arm_px: int | None = None, plate: bool = True) -> Image:
    """A lane with a lorry, so far from where it stops, its plate to be seen or not, and an arm at that height."""
    image = np.full((360, 640, 3), 104, np.uint8)
    image[:100] = (150, 140, 130)
    for joint in range(140, 360, 50):
        cv2.line(image, (0, joint), (640, joint), (84, 84, 84), 4)
    if lorry is not None:
        top, bottom = 60 + down_px, 320 + down_px
        image[max(0, top) : bottom, 130:510] = (60, 70, 80)
        image[max(0, top + 20) : max(0, top + 90), 170:470] = (150, 150, 150)
        if plate:
            image[max(0, bottom - 70) : bottom - 30, 270:370] = PLATES[lorry]
    if arm_px is not None:
        image[max(0, arm_px) : max(0, arm_px + 60)] = (215, 215, 215)
    return np.clip(image + _NOISE.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def _told(pictures: list[Image]) -> list[Observation]:
    settings = LprSettings()
    reader = PlateReader(ColourDetector(), ColourReader(), settings, {"colours": "1"})
    pipeline = LanePipeline(reader, settings, camera="front")
    events = []
    for number, image in enumerate(pictures):
        at_s = number / _FPS
        events += pipeline.process(Frame(image, "front", _BEGAN_AT + timedelta(seconds=at_s), at_s, number))
    events += pipeline.flush()
    return [event.observation for event in events if isinstance(event, VehicleLeft)]


def _comes_stands_goes(plate: str) -> list[Image]:
    comes = [_lane(lorry=plate, down_px=down_px) for down_px in range(-220, 0, 20)]
    return [*comes, *_stands_goes(plate)]


def _stands_goes(plate: str) -> list[Image]:
    stands = [_lane(lorry=plate) for _ in range(12 * _FPS)]
    arm = [_lane(lorry=plate, arm_px=arm_px) for arm_px in range(200, -60, -65)]
    goes = [_lane(lorry=plate, down_px=down_px, plate=False) for down_px in range(20, 360, 40)]
    return [*stands, *arm, *(_lane(lorry=plate) for _ in range(2 * _FPS)), *goes, *(_lane() for _ in range(7 * _FPS))]


def test_lorries_that_stop_where_one_stood_at_the_start_are_one_each() -> None:
    """Though the arm moved before the first, and each stands for longer than a former vehicle is remembered."""
    first, second, third = PLATES
    seen = _told([*_stands_goes(first), *_comes_stands_goes(second), *_comes_stands_goes(third)])
    assert [one.plate.text for one in seen if one.plate] == [first, second, third]


def test_lettering_that_looks_like_a_plate_is_no_vehicle_that_stands_there() -> None:
    """It is laid over the picture: the noise that is all around it, and on a plate, is not on it."""
    text = PLATES[next(iter(PLATES))]
    pictures = [_lane() for _ in range(8 * _FPS)]
    for picture in pictures:
        picture[250:290, 270:370] = text
    assert _told(pictures) == []


def _seen(learnt: Image, now: Image) -> Foreground:
    background = LaneBackground()
    background.look(learnt, 0.0)
    return background.look(now, 1.0)


@pytest.mark.parametrize("plate", PLATES)
def test_outline_is_of_what_is_there_or_of_what_has_gone(plate: str) -> None:
    """A lorry is no trace; the place of one that has gone is."""
    assert not _seen(_lane(), _lane(lorry=plate)).is_trace()
    assert _seen(_lane(lorry=plate), _lane()).is_trace()


def test_a_lorry_that_fills_its_lane_is_no_trace() -> None:
    """All round it the picture got darker with it: what of its outline there is, is the lane's own edge."""
    region = CameraRegion(lane=((0.3, 0.2), (0.7, 0.2), (0.7, 1.0), (0.3, 1.0)))
    empty = _lane()
    cv2.rectangle(empty, (192, 72), (447, 359), (225, 225, 225), 6)
    filled = np.full_like(empty, 40)
    background = LaneBackground(LaneArea(region))
    background.look(empty, 0.0)
    seen = background.look(filled, 1.0)
    assert seen.share > 0.9
    assert not seen.is_trace()
