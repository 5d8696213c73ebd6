"""What has a vehicle's bulk: as broad as one, and a thing, not a light or a shadow."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from contract.region import CameraRegion
from edge.frame import Image
from edge.lpr.lane_area import LaneArea
from edge.lpr.motion import Foreground, LaneBackground
from edge.lpr.types import Box

_BREADTH = 0.56
_SIZE = (640, 360)


def _lane(seed: int, *, night: bool = False) -> Image:
    lane = np.full((_SIZE[1], _SIZE[0], 3), 104, np.float32)
    lane[:100] = (150, 140, 130)
    for x in (160, 470):
        cv2.line(lane, (x, 360), (300, 100), (205, 205, 205), 7)
    for joint in range(140, 360, 50):
        cv2.line(lane, (0, joint), (640, joint), (84, 84, 84), 4)
    lane *= 0.25 if night else 1.0
    noise = np.random.default_rng(seed).normal(0, 3, lane.shape)
    return np.clip(lane + noise, 0, 255).astype(np.uint8)


def _lit(lane: Image, factor: float, *, soft: int) -> Image:
    """A band across the lane, so much brighter or darker, with a soft edge."""
    light = np.ones(lane.shape[:2], np.float32)
    light[150:330, 60:560] = factor
    light = cv2.GaussianBlur(light, (soft, soft), 0)
    return np.clip(lane * light[..., None], 0, 255).astype(np.uint8)


def _with(lane: Image, x1: int, x2: int, top: int = 110) -> Image:
    """Something with a window, a grille and lamps."""
    seen, wide = lane.copy(), x2 - x1
    seen[top:330, x1:x2] = (60, 110, 190)
    seen[top + 20 : top + 80, x1 + wide // 8 : x2 - wide // 8] = (45, 42, 40)
    seen[260:300, x1 + wide // 4 : x2 - wide // 4] = (190, 190, 190)
    return seen


def _seen(frame: Image, *, night: bool = False, area: LaneArea | None = None) -> Foreground:
    background = LaneBackground(area)
    for number in range(8):
        background.look(_lane(number, night=night), number * 0.25)
        background.learn()
    return background.look(frame, 2.0)


def test_a_lorry_is_like_a_vehicle() -> None:
    """By day and by night."""
    assert _seen(_with(_lane(50), 130, 530)).is_vehicle_like(breadth=_BREADTH)
    assert _seen(_with(_lane(50, night=True), 130, 530), night=True).is_vehicle_like(breadth=_BREADTH)


@pytest.mark.parametrize("width", [50, 110, 160])
def test_people_are_narrower_than_vehicles(width: int) -> None:
    """One person, one with a cart, two side by side."""
    seen = _seen(_with(_lane(50), 300, 300 + width))
    assert seen.share > 0.02
    assert not seen.is_vehicle_like(breadth=_BREADTH)


@pytest.mark.parametrize(("factor", "soft"), [(0.45, 31), (0.6, 21), (0.3, 41)])
def test_a_shadow_is_none(factor: float, soft: int) -> None:
    """However large: what lies below shows through."""
    seen = _seen(_lit(_lane(50), factor, soft=soft))
    assert seen.share > 0.2
    assert not seen.is_vehicle_like(breadth=_BREADTH)


def test_a_pool_of_headlights_is_none() -> None:
    """At night it is several times as bright as the road was."""
    lane = _lane(50, night=True)
    pool = np.zeros(lane.shape[:2], np.float32)
    cv2.ellipse(pool, (300, 260), (180, 70), 0, 0, 360, (1.0,), -1)
    light = 1 + 3.5 * cv2.GaussianBlur(pool, (91, 91), 0)
    seen = _seen(np.clip(lane * light[..., None], 0, 255).astype(np.uint8), night=True)
    assert seen.share > 0.1
    assert not seen.is_vehicle_like(breadth=_BREADTH)


def test_the_lane_in_a_dim_light_is_no_trace_of_what_has_gone() -> None:
    """Its own edges are weaker than they were, as where a thing stood: were it learnt, its own light would be a thing."""
    for factor in (0.3, 0.45, 0.6):
        dim = np.ones((_SIZE[1], _SIZE[0]), np.float32)
        dim[:, :420] = factor
        seen = _seen(np.clip(_lane(50) * cv2.GaussianBlur(dim, (151, 151), 0)[..., None], 0, 255).astype(np.uint8))
        assert seen.share > 0.2
        assert seen.is_lit()
        assert not seen.is_trace()


@pytest.mark.parametrize("night", [False, True])
def test_a_body_is_as_broad_as_what_hangs_together(*, night: bool) -> None:
    """A lorry's breadth is its own; of people beside each other it is that of one, however many there are."""
    lorry = _seen(_with(_lane(50, night=night), 130, 530), night=night).body()
    assert lorry is not None
    assert lorry.breadth == pytest.approx(400 / 640, abs=0.05)
    assert lorry.foot == pytest.approx(330 / 360, abs=0.05)
    assert not lorry.cut
    row = _lane(50, night=night)
    for left in (90, 260, 430):
        row = _with(row, left, left + 110)
    people = _seen(row, night=night).body()
    assert people is not None
    assert people.breadth == pytest.approx(110 / 640, abs=0.04)


def test_an_empty_lane_has_no_body() -> None:
    """Nor has one in which only an arm comes down."""
    arm = _lane(50)
    arm[200:212] = (210, 40, 40)
    assert _seen(_lane(50)).body() is None
    assert _seen(arm).body() is None


def test_what_moves_beside_the_lane_is_not_seen() -> None:
    """A lorry that parks left of the lane's polygon fills none of it."""
    right = LaneArea(CameraRegion(lane=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))))
    assert _seen(_with(_lane(50), 20, 300), area=right).box is None
    inside = _seen(_with(_lane(50), 340, 630), area=right)
    assert inside.share > 0.4


def test_what_stands_in_the_lane_is_seen_whole() -> None:
    """A lorry rises above the road that it stands on, and may lean out of the lane: its plate is looked for on all of it."""
    road = LaneArea(CameraRegion(lane=((0.25, 0.6), (0.75, 0.6), (0.9, 1.0), (0.1, 1.0))))
    seen = _seen(_with(_lane(50), 130, 530), area=road)
    assert seen.box is not None
    assert seen.box.y1 > 200
    whole = seen.whole_box()
    assert whole is not None
    assert whole.y1 < 130
    assert seen.covers(Box(300, 150, 360, 170)) == 1.0
