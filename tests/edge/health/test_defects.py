"""What no lane looks like is measured on rendered lanes, and a clean lane shows none of it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.frame import Image
from edge.health.defects import Defects, Usual, find_defects
from edge.health.look import look_at
from tests.edge.health.rendered import lane, taken

FAULTY_FROM = {
    "blocks": 0.04,
    "smeared": 0.02,
    "flat_rows": 0.06,
    "torn": 0.06,
    "stripes": 4.0,
    "unusual_stripes": 4.0,
}
"""From here on a picture is called corrupted or noisy."""
BARS_FROM = 0.06
LIGHTS = pytest.mark.parametrize("light", ["day", "night"])


def defects(image: Image, light: str, *, known: bool = True) -> Defects:
    usual = look_at(taken(lane(light), 900), 0.0).fine
    look = look_at(image, 0.0)
    return find_defects(look, look, Usual.of(usual.astype(np.float32)) if known else None)


def torn(image: Image) -> Image:
    image[250:480] = np.roll(image[250:480], 150, axis=1)
    return image


def smeared(image: Image) -> Image:
    image[430:] = image[430]
    return image


def grey(image: Image) -> Image:
    image[500:] = 128
    return image


def misplaced(image: Image) -> Image:
    """A third of the blocks stand where others belong."""
    rng = np.random.default_rng(4)
    blocks = image.reshape(45, 16, 80, 16, 3).transpose(0, 2, 1, 3, 4).reshape(3600, 16, 16, 3)
    which = rng.choice(3600, 1200, replace=False)
    blocks[which] = blocks[rng.permutation(which)]
    return np.ascontiguousarray(blocks.reshape(45, 80, 16, 16, 3).transpose(0, 2, 1, 3, 4).reshape(720, 1280, 3))


def striped(image: Image) -> Image:
    wave = 28 * np.sin(np.arange(720) * 2 * np.pi / 26)
    return np.asarray(np.clip(image + wave[:, None, None], 0, 255), np.uint8)


def striped_upright(image: Image) -> Image:
    wave = 28 * np.sin(np.arange(1280) * 2 * np.pi / 26)
    return np.asarray(np.clip(image + wave[None, :, None], 0, 255), np.uint8)


@LIGHTS
@pytest.mark.parametrize(
    ("damage", "measure"),
    [
        (torn, "torn"),
        (smeared, "smeared"),
        (grey, "flat_rows"),
        (misplaced, "blocks"),
        (striped, "stripes"),
        (striped_upright, "stripes"),
    ],
)
def test_damage_is_found(damage: Callable[[Image], Image], measure: str, light: str) -> None:
    found = defects(damage(taken(lane(light), 1)), light)
    assert getattr(found, measure) > FAULTY_FROM[measure]
    assert max(found.bars) < BARS_FROM


def waves(light: str, number: int, place_px: float, upright: bool) -> Image:
    """A lane under stripes of 16 grey levels, 60 pixels wide: hidden by what it shows."""
    image = taken(lane(light), number)
    wave = 16 * np.sin((np.arange(image.shape[1 if upright else 0]) - place_px) * 2 * np.pi / 60)
    return np.asarray(np.clip(image + (wave[None, :, None] if upright else wave[:, None, None]), 0, 255), np.uint8)


@LIGHTS
@pytest.mark.parametrize("upright", [False, True])
def test_faint_wide_stripes_show_as_they_wander(light: str, upright: bool) -> None:
    """In what changed from look to look, where nothing is known of the camera yet."""
    before, now = (look_at(waves(light, number, place_px, upright), 0.0) for number, place_px in ((1, 0), (2, 20)))
    assert find_defects(now, before, None).stripes > FAULTY_FROM["stripes"]


@LIGHTS
@pytest.mark.parametrize("upright", [False, True])
def test_faint_wide_stripes_that_stand_still_show_against_the_usual_picture(light: str, upright: bool) -> None:
    assert defects(waves(light, 1, 0, upright), light).unusual_stripes > FAULTY_FROM["unusual_stripes"]


@LIGHTS
@pytest.mark.parametrize("upright", [False, True])
def test_black_bars_are_measured_at_both_sides(light: str, upright: bool) -> None:
    """Their share of the height or width; bars that were always there are told as usual."""
    across, down = (160, 0) if upright else (0, 90)
    inside = cv2.resize(taken(lane(light), 1), (1280 - 2 * across, 720 - 2 * down), interpolation=cv2.INTER_AREA)
    barred = np.asarray(cv2.copyMakeBorder(inside, down, down, across, across, cv2.BORDER_CONSTANT), np.uint8)
    found = defects(barred, light)
    assert found.bars[upright] == pytest.approx(0.25, abs=0.02)
    assert found.bars[not upright] == 0.0
    assert max(found.usual_bars) < BARS_FROM
    look = look_at(barred, 0.0)
    always = find_defects(look, look, Usual.of(look.fine.astype(np.float32)))
    assert always.usual_bars == pytest.approx(always.bars, abs=0.01)


@settings(max_examples=16, deadline=None)
@given(
    light=st.sampled_from(("day", "night")),
    noise=st.floats(2.5, 7.0),
    number=st.integers(0, 10_000),
    quality=st.none() | st.integers(60, 95),
    gain=st.floats(0.6, 1.3),
    known=st.booleans(),
)
def test_a_clean_lane_shows_none(
    light: str, noise: float, number: int, quality: int | None, gain: float, known: bool
) -> None:
    """In any grain, light and compression, whether or not it is known what it usually shows."""
    scene = np.clip(lane(light) * gain, 0, 255).astype(np.uint8)
    image = taken(scene, number, noise)
    if quality is not None:
        data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    found = defects(image, light, known=known)
    for measure, limit in FAULTY_FROM.items():
        assert getattr(found, measure) < limit, measure
    assert max(found.bars) < BARS_FROM


@LIGHTS
def test_a_view_that_moved_or_a_lorry_in_it_is_not_torn(light: str) -> None:
    """All of the picture went aside together; or some of it shows another thing."""
    image = taken(lane(light), 1)
    assert defects(np.roll(image, 60, axis=1), light).torn < FAULTY_FROM["torn"]
    image[120:600, 300:900] = (40, 60, 130)
    image[160:560:40, 340:860] = 200
    assert defects(image, light).torn < FAULTY_FROM["torn"]
