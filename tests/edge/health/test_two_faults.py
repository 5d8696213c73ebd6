"""Of two faults the graver is named, whichever is told first; and a lesser one alone is not taken for a graver."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from contract.messages import HealthReason
from edge.frame import Image
from tests.edge.health.rendered import FPS, Camera, lane

Fault = Callable[[Image, int], Image]
"""From the healthy picture and its number, one with a fault in it."""
SECONDS = 16.0
_GRAIN = np.random.default_rng(11).normal(0, 20, (760, 1340, 1)).astype(np.int16)


def dark_but_lettering(image: Image, _number: int) -> Image:
    dark = np.asarray(image // 50, np.uint8)
    cv2.putText(dark, "2026-03-02 09:05:11 CAM-03", (24, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (255, 255, 255), 3)
    return dark


def off_colour(image: Image, _number: int) -> Image:
    return np.asarray(np.clip(image * np.array([1.35, 0.85, 1.5]), 0, 255), np.uint8)


def out_of_focus(image: Image, _number: int) -> Image:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)).astype(np.float32)
    return np.asarray(cv2.filter2D(image, -1, disc / disc.sum()), np.uint8)


def shaken(image: Image, number: int) -> Image:
    """Twelve pixels to and fro, smeared along the way."""
    by = np.array([[1, 0, 12 * math.sin(2.1 * number)], [0, 1, 5 * math.sin(2.9 * number)]])
    moved = cv2.warpAffine(image, by, image.shape[1::-1], borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(cv2.blur(moved, (3, 1)), np.uint8)


def grainy(image: Image, number: int) -> Image:
    top, left = 7 * number % 40, 11 * number % 60
    part = _GRAIN[top : top + image.shape[0], left : left + image.shape[1]]
    return np.asarray(np.clip(image + part, 0, 255), np.uint8)


def half_covered(image: Image, _number: int) -> Image:
    covered = image.copy()
    covered[:, : image.shape[1] * 6 // 10] = (48, 96, 66)
    return covered


def all_covered(image: Image, _number: int) -> Image:
    shades = np.linspace(0.9, 1.1, image.shape[1])[None, :, None] * np.array((92, 118, 172))
    return np.asarray(np.broadcast_to(shades, image.shape), np.uint8)


def glaring(image: Image, _number: int) -> Image:
    """A white spot that takes a third of the picture, and a veil."""
    height, width = image.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    far = np.hypot(columns - 0.6 * width, rows - 0.4 * height) / width
    light = 600 * np.exp(-((far / 0.24) ** 2)) + 60 * np.exp(-far / 0.6)
    return np.asarray(np.clip(image * 0.65 + light[..., None], 0, 255), np.uint8)


def blocks_misplaced(image: Image, number: int) -> Image:
    """A third of the blocks show what was elsewhere in the healthy picture."""
    rng = np.random.default_rng(number)
    broken, healthy = image.copy(), lane()
    for row in range(0, image.shape[0] - 16, 16):
        for column in np.flatnonzero(rng.random(image.shape[1] // 16 - 1) < 0.33) * 16:
            up, aside = rng.integers(0, image.shape[0] - 16), rng.integers(0, image.shape[1] - 16)
            broken[row : row + 16, column : column + 16] = healthy[up : up + 16, aside : aside + 16]
    return broken


def with_faults(*faults: Fault) -> Iterator[Image]:
    for number in range(round(SECONDS * FPS)):
        image = lane()
        for fault in faults:
            image = fault(image, number)
        yield image


def named_at_end(camera: Camera, *faults: Fault) -> HealthReason | None:
    for image in with_faults(*faults):
        camera.shows(image, 1 / FPS)
    return camera.history[-1].reason


@pytest.fixture
def camera() -> Camera:
    """One that has seen its lane for a while."""
    camera = Camera()
    camera.shows(lane(), 8)
    assert camera.history[-1].reason is None
    return camera


@pytest.mark.parametrize(
    ("first", "second", "named"),
    [
        (off_colour, dark_but_lettering, HealthReason.DARK),
        (shaken, out_of_focus, HealthReason.DEFOCUSED),
        (shaken, half_covered, HealthReason.COVERED),
        (half_covered, grainy, HealthReason.COVERED),
        (all_covered, glaring, HealthReason.COVERED),
        (dark_but_lettering, blocks_misplaced, HealthReason.DARK),
    ],
)
def test_of_two_faults_the_graver_is_named(camera: Camera, first: Fault, second: Fault, named: HealthReason) -> None:
    """Wherever the lesser is done to the picture, before the graver or after it; each alone has its own name."""
    assert named_at_end(camera, first, second) is named


@pytest.mark.parametrize(
    ("lesser", "named"),
    [
        (shaken, HealthReason.SHAKING),
        (grainy, HealthReason.NOISE),
        (glaring, HealthReason.OVEREXPOSED),
        (blocks_misplaced, HealthReason.CORRUPTED),
    ],
)
def test_a_lesser_fault_alone_is_not_taken_for_a_graver(camera: Camera, lesser: Fault, named: HealthReason) -> None:
    assert named_at_end(camera, lesser) is named
    assert set(camera.reasons()) <= {HealthReason.STARTING, None, named}


def test_a_shaking_view_in_glare_is_not_taken_for_a_covered_one(camera: Camera) -> None:
    """What is burnt out shows nothing either, but nothing covers it."""
    assert named_at_end(camera, shaken, glaring) is HealthReason.OVEREXPOSED


def test_a_shaking_view_in_noise_is_not_taken_for_one_out_of_focus(camera: Camera) -> None:
    """Nothing tells its sharpness there."""
    assert named_at_end(camera, shaken, grainy, grainy) is HealthReason.SHAKING


def test_the_name_changes_to_the_graver_when_it_comes(camera: Camera) -> None:
    """A camera that was noisy is covered."""
    assert named_at_end(camera, grainy) is HealthReason.NOISE
    assert named_at_end(camera, half_covered, grainy) is HealthReason.COVERED
    assert HealthReason.NOISE in {one.code for one in camera.history[-1].findings}
