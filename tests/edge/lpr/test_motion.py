"""Is something in the lane: told from noise, light, arms and leaves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.frame import Image
from edge.lpr.motion import Foreground, LaneBackground
from edge.lpr.types import Box

_LANE_SHAPE = (360, 640, 3)
_IN_VIEW = 0.06


def _lane(*, light: float = 1.0, noise: float = 3.0, seed: int = 0) -> Image:
    """A road with a kerb, a line and a booth, in some light, with sensor noise."""
    lane = np.full(_LANE_SHAPE, 96, np.float32)
    lane[:110] = (150, 140, 130)
    lane[60:200, 420:560] = (120, 60, 40)
    cv2.line(lane, (80, 360), (260, 110), (210, 210, 210), 6)
    rng = np.random.default_rng(seed)
    return np.clip(lane * light + rng.normal(0, noise, lane.shape), 0, 255).astype(np.uint8)


def _with_lorry(lane: Image, *, x: int = 180, colour: tuple[int, int, int] = (40, 90, 180)) -> Image:
    seen = lane.copy()
    seen[120:320, x : x + 220] = colour
    seen[140:200, x + 30 : x + 190] = (50, 45, 40)
    return seen


def _resized(frame: Image, width: int, height: int) -> Image:
    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _watched(
    background: LaneBackground, frames: list[Image], *, start_s: float = 0.0, step_s: float = 0.25
) -> Foreground:
    """Let the lane be watched; learns as the pipeline does while it is empty. Returns what the last frame showed."""
    seen = None
    for number, frame in enumerate(frames):
        seen = background.look(frame, start_s + number * step_s)
        if seen.share < _IN_VIEW:
            background.learn()
    assert seen is not None
    return seen


def test_noise_is_nothing() -> None:
    """An empty lane with a noisy sensor stays empty."""
    seen = _watched(LaneBackground(), [_lane(noise=12, seed=n) for n in range(20)])
    assert seen.share == 0.0
    assert seen.box is None


def test_a_lorry_is_something_and_where_it_is() -> None:
    """A lorry fills its share of the picture, and the box around it is where it stands."""
    background = LaneBackground()
    seen = _watched(background, [*(_lane(seed=n) for n in range(8)), _with_lorry(_lane(seed=9))])
    assert seen.share == pytest.approx(200 * 220 / (360 * 640), rel=0.25)
    assert seen.box is not None
    assert (seen.box.x1, seen.box.y1) == (pytest.approx(180, abs=16), pytest.approx(120, abs=16))
    assert (seen.box.x2, seen.box.y2) == (pytest.approx(400, abs=16), pytest.approx(320, abs=16))
    assert seen.covers(Box(250, 280, 330, 300)) == 1.0
    assert seen.covers(Box(450, 280, 530, 300)) == 0.0


def test_what_comes_by_less_than_noise_a_frame_is_seen() -> None:
    """Out of a fog, each frame like the one before."""
    background, lane = LaneBackground(), _lane(noise=0).astype(np.float32)
    lorry = _with_lorry(_lane(noise=0)).astype(np.float32)
    _watched(background, [lane.astype(np.uint8)] * 20)
    steps = 80
    frames = [(lane + (lorry - lane) * number / steps).astype(np.uint8) for number in range(steps + 1)]
    assert _watched(background, frames, start_s=5.0, step_s=0.1).share > _IN_VIEW


def test_an_empty_lane_is_told_at_each_frame_and_a_lorry_at_the_first() -> None:
    """However alike the frames before were."""
    background = LaneBackground()
    assert _watched(background, [_lane(noise=1, seed=n) for n in range(20)], step_s=0.1).share == 0.0
    assert background.look(_with_lorry(_lane(noise=1, seed=30)), 2.0).share > _IN_VIEW
    assert background.look(_lane(noise=1, seed=31), 2.1).share == 0.0


def test_a_lorry_as_bright_as_the_road_is_seen_by_its_colour() -> None:
    """Green paint of the road's brightness is no road."""
    grey_as_road = (70, 118, 60)
    background = LaneBackground()
    seen = _watched(background, [*(_lane(seed=n) for n in range(8)), _with_lorry(_lane(seed=9), colour=grey_as_road)])
    assert seen.share > 0.15


def test_a_lorry_that_stands_for_an_hour_is_still_there() -> None:
    """What stands is never learnt, however long."""
    background = LaneBackground()
    _watched(background, [_lane(seed=n) for n in range(8)])
    seen = _watched(background, [_with_lorry(_lane(seed=n)) for n in range(60)], start_s=10, step_s=60)
    assert seen.share > 0.15


def test_the_lane_is_empty_again_after_it() -> None:
    """After a lorry has stood for ten minutes while the day grew brighter, the lane is empty again."""
    background = LaneBackground()
    _watched(background, [_lane(seed=n) for n in range(8)])
    brighter = [_with_lorry(_lane(seed=n, light=1 + n / 200)) for n in range(60)]
    _watched(background, brighter, start_s=10, step_s=10)
    assert background.look(_lane(light=1.3, seed=99), 620).share < 0.01


def test_dusk_is_no_vehicle() -> None:
    """The light falls to a third within the hour, and nothing is in the lane."""
    background = LaneBackground()
    for number in range(180):
        seen = background.look(_lane(light=1 - number / 270, seed=number), number * 20.0)
        assert seen.share < _IN_VIEW
        background.learn()


def test_a_sudden_change_of_exposure_is_no_vehicle() -> None:
    """The camera sets its exposure anew: the whole lane is a third darker at once, and still empty."""
    background = LaneBackground()
    _watched(background, [_lane(seed=n) for n in range(8)])
    assert background.look(_lane(light=0.65, seed=20), 3.0).share < _IN_VIEW


def test_the_barriers_arm_is_no_vehicle() -> None:
    """An arm that comes down across the picture is thin, and does not count."""
    background = LaneBackground()
    _watched(background, [_lane(seed=n) for n in range(8)])
    arm = _lane(seed=9)
    cv2.line(arm, (0, 300), (640, 260), (40, 40, 220), 14)
    assert background.look(arm, 3.0).share < _IN_VIEW / 2


def test_rustling_leaves_are_learnt() -> None:
    """A tree at the edge that moves in the wind is part of the view after a while."""
    background = LaneBackground()
    rng = np.random.default_rng(1)
    for number in range(160):
        frame = _lane(seed=number)
        leaves = np.clip(rng.normal(90, 25, (3, 3, 3)), 0, 255).astype(np.uint8)
        frame[0:180, 0:180] = cv2.resize(leaves, (180, 180), interpolation=cv2.INTER_NEAREST)
        seen = background.look(frame, number * 0.25)
        if number > 120:
            assert seen.share < _IN_VIEW
        background.learn()


def test_a_lane_that_looks_as_before_is_empty_as_before() -> None:
    """What was taken for part of the lane drives off: the lane as it was known earlier is empty, no ghost stays."""
    background = LaneBackground()
    _watched(background, [_lane(seed=n) for n in range(8)])
    background.look(_with_lorry(_lane(seed=9)), 3.0)
    background.forget()
    assert background.look(_with_lorry(_lane(seed=10)), 4.0).share < 0.01
    assert background.look(_lane(seed=11), 5.0).share < 0.01


def test_motion_is_told_from_standing() -> None:
    """A lorry that moves between two frames moves; one that stands does not."""
    background = LaneBackground()
    background.look(_lane(), 0.0)
    background.look(_with_lorry(_lane(seed=1), x=100), 0.25)
    assert background.look(_with_lorry(_lane(seed=2), x=140), 0.5).moving
    assert not background.look(_with_lorry(_lane(seed=3), x=140), 0.75).moving


@pytest.mark.parametrize(
    ("width", "height"), [(97, 55), (320, 180), (853, 479), (1280, 720), (720, 1280), (1365, 767), (1920, 1080)]
)
def test_the_size_of_the_frame_does_not_matter(width: int, height: int) -> None:
    """Cameras of all resolutions see the same share and a box at the same place."""
    background = LaneBackground()
    frames = [*(_lane(seed=n) for n in range(4)), _with_lorry(_lane(seed=9))]
    seen = _watched(background, [_resized(frame, width, height) for frame in frames])
    assert seen.share == pytest.approx(200 * 220 / (360 * 640), rel=0.25)
    assert seen.box is not None
    assert seen.size == (width, height)
    corners = (seen.box.x1 / width, seen.box.y1 / height, seen.box.x2 / width, seen.box.y2 / height)
    assert corners == pytest.approx((180 / 640, 120 / 360, 400 / 640, 320 / 360), abs=0.04)


@pytest.mark.parametrize("step_px", [3, 4, 6, 7, 9, 10, 14])
@pytest.mark.parametrize("upright", [False, True])
def test_a_fence_before_a_shaking_camera_is_no_vehicle(step_px: int, *, upright: bool) -> None:
    """Fine bars, as sharp as a lens draws them, do not shimmer when the mast shakes by some pixels."""
    stripes = np.arange(1300) % step_px < step_px / 2
    bars = np.broadcast_to(stripes if upright else stripes[:, np.newaxis], (1300, 1300))
    lane = _resized(_lane(noise=0), 1300, 740)
    lane[100:600, 200:1100][bars[100:600, 200:1100]] = 190
    lane = np.asarray(cv2.GaussianBlur(lane, (0, 0), 0.7), np.uint8)
    background = LaneBackground()
    for number in range(8):
        shaken = lane[number % 4 : 720 + number % 4, number % 3 : 1280 + number % 3]
        seen = background.look(shaken, number * 0.25)
        assert seen.share == 0.0
        assert not seen.moving


def test_a_grey_lane_in_fog_grows_lighter_and_is_empty() -> None:
    """Where nothing has an outline, the light is told from the middle of all pixels, and a vehicle still stands out."""
    background = LaneBackground()
    fog = np.full(_LANE_SHAPE, 120, np.uint8)
    background.look(fog, 0.0)
    assert background.look(fog + np.uint8(12), 0.25).share == 0.0
    assert background.look(_with_lorry(fog + np.uint8(12)), 0.5).share > 0.15


def test_what_is_remembered_of_the_lane_is_not_learnt_over() -> None:
    """While another look of the lane is learnt for minutes, the earlier one stays as it was."""
    background = LaneBackground()
    _watched(background, [_lane(seed=n) for n in range(8)])
    background.look(_with_lorry(_lane(seed=9)), 3.0)
    background.forget()
    _watched(background, [_with_lorry(_lane(seed=n)) for n in range(40)], start_s=4.0, step_s=5.0)
    assert background.look(_lane(seed=50), 210.0).share < 0.01
    assert background.look(_with_lorry(_lane(seed=51)), 211.0).share < 0.01


def test_the_frame_is_left_as_it_is() -> None:
    """Plates are read in the same picture afterwards."""
    frame = _resized(_lane(), 1280, 720)
    frame.flags.writeable = False
    LaneBackground().look(frame, 0.0)
