"""What tells a vehicle apart in whole camera frames: sizes, thin things, shaking, light that changes slowly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.frame import Image
from edge.lpr.motion import Foreground, LaneBackground

_IN_VIEW = 0.06
_NOISE = np.random.default_rng(3).normal(0, 3, (760, 1300, 3)).astype(np.float32)


def _lane(number: int = 0, *, light: float = 1.0) -> Image:
    """A lane of 1280 × 720 with a booth, in some light, with the noise of frame `number`."""
    lane = np.full((720, 1280, 3), 96, np.float32)
    lane[:220] = (150, 140, 130)
    lane[120:400, 840:1120] = (120, 60, 40)
    down, right = number * 7 % 40, number * 3 % 20
    noise = _NOISE[down : down + 720, right : right + 1280]
    return np.asarray(np.clip(lane * light + noise, 0, 255), dtype=np.uint8)


def _with_lorry(lane: Image) -> Image:
    seen = lane.copy()
    seen[240:640, 300:760] = (40, 90, 180)
    return seen


def _watched(background: LaneBackground, frames: list[Image], *, start_s: float = 0.0) -> list[Foreground]:
    """What each frame showed; learns as the pipeline does while the lane is empty."""
    shown = []
    for number, frame in enumerate(frames):
        shown.append(background.look(frame, start_s + number * 0.25))
        if shown[-1].share < _IN_VIEW:
            background.learn()
    return shown


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (1279, 719), (720, 1280), (97, 55), (60, 40)])
def test_frames_of_any_size_are_judged_alike(size: tuple[int, int]) -> None:
    """A lorry has the same share and the same place in the picture, whatever the camera's resolution."""
    frames = [cv2.resize(frame, size) for frame in (_lane(0), _lane(1), _with_lorry(_lane(2)))]
    seen = _watched(LaneBackground(), [np.asarray(frame, np.uint8) for frame in frames])[-1]
    assert seen.share == pytest.approx(400 * 460 / (720 * 1280), abs=0.03)
    assert seen.size == size
    assert seen.box is not None
    edges = seen.box.x1 / size[0], seen.box.y1 / size[1], seen.box.x2 / size[0], seen.box.y2 / size[1]
    assert edges == pytest.approx((300 / 1280, 240 / 720, 760 / 1280, 640 / 720), abs=0.03)


@pytest.mark.parametrize("thick_px", [20, 40])
def test_a_thin_thing_moves_but_fills_nothing(thick_px: int) -> None:
    """An arm that comes down moves in every frame, and is never a vehicle."""
    frames = [_lane(number) for number in range(8)]
    for number in range(30):
        frame = _lane(number)
        top = 250 + number * 7
        frame[top : top + thick_px] = 240
        frames.append(frame)
    shown = _watched(LaneBackground(), frames)
    assert all(seen.moving for seen in shown[9:])
    assert max(seen.share for seen in shown) < _IN_VIEW / 2


def test_light_that_changes_slowly_is_neither_vehicle_nor_motion() -> None:
    """The light falls to two fifths within a minute, and then a lorry is still seen."""
    background = LaneBackground()
    for number in range(240):
        seen = background.look(_lane(number, light=1 - number / 400), number * 0.25)
        assert seen.share == 0.0
        assert not seen.moving
        background.learn()
    assert background.look(_with_lorry(_lane(light=0.4)), 60.0).share > _IN_VIEW


def test_a_fence_before_a_shaking_camera_is_nothing() -> None:
    """Fine bars across half of the picture, shifted by a pixel in every frame, neither move nor fill anything."""
    frames = []
    for number in range(30):
        frame = _lane(number)
        bars = (np.arange(750) + number % 3) % 4 < 2
        frame[230:700, 50:800] = np.where(bars, 230, 30)[np.newaxis, :, np.newaxis]
        frames.append(frame)
    for seen in _watched(LaneBackground(), frames):
        assert seen.share == 0.0
        assert not seen.moving


def test_learning_leaves_a_remembered_look_alone() -> None:
    """What the lane looked like before `forget` is still known after minutes of learning another look."""
    background = LaneBackground()
    _watched(background, [_lane(number) for number in range(8)])
    background.look(_with_lorry(_lane(9)), 3.0)
    background.forget()
    seen = _watched(background, [_with_lorry(_lane(number)) for number in range(200)], start_s=4.0)
    assert seen[-1].share == 0.0
    assert background.look(_lane(11), 60.0).share == 0.0
