"""How far a camera was turned or zoomed is recovered from two pictures of a lane; other scenes match nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.frame import Image
from edge.health.alignment import Alignment, align, match_views
from edge.health.look import Look, look_at
from tests.edge.health.rendered import lane, taken

WIDTH, HEIGHT = 640, 360
TO_320 = 320 / WIDTH


def looked(scene: Image, number: int = 0) -> Look:
    return look_at(taken(scene, number), 0.0)


def moved(scene: Image, right_px: float, down_px: float, turn_deg: float = 0.0, scale: float = 1.0) -> Image:
    """The lane as the camera would see it: shifted so far, turned clockwise and enlarged about the middle."""
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -turn_deg, scale)
    matrix[:, 2] += (right_px, down_px)
    return np.asarray(cv2.warpAffine(scene, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101), np.uint8)


def assert_recovered(
    found: Alignment | None, shift_px: tuple[float, float], turn_deg: float, scale: float, *, loosely: float = 1.0
) -> None:
    assert found is not None
    right_px, down_px = shift_px
    assert found.shift_px == pytest.approx((right_px * TO_320, down_px * TO_320), abs=1.0 * loosely)
    assert found.turn_deg == pytest.approx(turn_deg, abs=0.5 * loosely)
    assert found.scale == pytest.approx(scale, abs=0.015 * loosely)
    assert found.stretch == pytest.approx(1.0, abs=0.03 * loosely)


@settings(max_examples=25, deadline=None)
@given(
    right_px=st.floats(-14, 14),
    down_px=st.floats(-8, 8),
    turn_deg=st.floats(-1.0, 1.0),
    scale=st.floats(0.985, 1.015),
    light=st.sampled_from(("day", "night")),
)
def test_small_moves_are_recovered(right_px: float, down_px: float, turn_deg: float, scale: float, light: str) -> None:
    """Within a pixel of 320, half a degree and 1.5 %, by day and by night, from edges alone."""
    scene = lane(light, WIDTH)
    found, agree, telling = align(
        looked(moved(scene, right_px, down_px, turn_deg, scale), 7).slopes, looked(scene).slopes
    )
    assert_recovered(found, (right_px, down_px), turn_deg, scale)
    assert 4 <= agree <= telling


@pytest.mark.parametrize(
    ("right_px", "down_px", "turn_deg", "scale"),
    [(90, 10, 0, 1), (-110, 20, 0, 1), (0, 0, 9, 1), (0, 0, 0, 1.3), (60, -20, -6, 1.12)],
)
def test_large_moves_are_recovered_by_what_is_seen(
    right_px: float, down_px: float, turn_deg: float, scale: float
) -> None:
    """Three times less exactly: enough to tell a person by how much it was moved."""
    scene = lane("day", WIDTH)
    found = match_views(looked(moved(scene, right_px, down_px, turn_deg, scale), 7).fine, looked(scene).fine)
    assert_recovered(found, (right_px, down_px), turn_deg, scale, loosely=3.0)


def test_a_view_that_stays_lies_where_it_lay() -> None:
    scene = lane("day", WIDTH)
    found, _, _ = align(looked(scene, 7).slopes, looked(scene).slopes)
    assert found is not None
    assert found.reach_px < 0.3


def test_another_width_for_the_same_height_is_a_stretch() -> None:
    """Another picture format, not another place."""
    scene = lane("day", WIDTH)
    matrix = np.array([[1.1, 0, -0.05 * WIDTH], [0, 1, 0]])
    wide = np.asarray(cv2.warpAffine(scene, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT_101), np.uint8)
    found = match_views(looked(wide, 7).fine, looked(scene).fine)
    assert found is not None
    assert found.stretch == pytest.approx(1.1, abs=0.03)


def noise(seed: int) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(30, 220, (24, 40, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize("other", [noise(1), np.full((HEIGHT, WIDTH, 3), 90, np.uint8)], ids=["other", "nothing"])
def test_another_scene_lies_nowhere(other: Image) -> None:
    """Rather no answer than a wrong one."""
    scene = lane("day", WIDTH)
    assert align(looked(other, 7).slopes, looked(scene).slopes)[0] is None
    assert match_views(looked(other, 7).fine, looked(scene).fine) is None


@pytest.mark.parametrize("other", [lane("day", WIDTH), noise(1)], ids=["moved", "other"])
def test_what_is_compared_stays_as_it_was(other: Image) -> None:
    """The usual view is compared with every look to come: a search that wears it out makes a camera blind to moves."""
    usual, now = looked(lane("day", WIDTH)).slopes, looked(moved(other, 40, 12), 7).slopes
    before = usual.copy(), now.copy()
    align(now, usual)
    np.testing.assert_array_equal(usual, before[0])
    np.testing.assert_array_equal(now, before[1])
