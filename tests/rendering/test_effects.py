"""What effects do to a picture."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from rendering import effects
from rendering.fonts import Image

_EFFECTS: list[Callable[[Image, random.Random], Image]] = [
    lambda image, rng: effects.dirt(image, rng, 0.8),
    lambda image, rng: effects.worn(image, rng, 0.8),
    effects.screws,
    lambda image, rng: effects.shade(image, rng, 0.6),
    lambda image, rng: effects.glare(image, rng, 0.6),
    lambda image, rng: effects.light(image, rng, 1.0),
    effects.infrared,
    lambda image, rng: effects.covered(image, rng, 0.3),
    lambda image, rng: effects.cut_off(image, _CORNERS, rng),
    lambda image, rng: effects.motion(image, rng, 7),
    lambda image, rng: effects.noise(image, rng, 0.5),
    lambda image, rng: effects.sharpened(image, rng, 1.0),
    lambda image, rng: effects.dusk(image, rng, 1.0),
    lambda image, rng: effects.fog(image, rng, 0.5),
    lambda image, rng: effects.rain(image, rng, 0.8),
    lambda image, _: effects.defocus(image, 2),
    lambda image, _: effects.jpeg(image, 20),
    lambda image, _: effects.low_resolution(image, 0.3),
]
_CORNERS = np.array([[20, 10], [140, 14], [138, 50], [18, 46]], np.float32)


def _board() -> Image:
    board = np.full((60, 160, 3), (30, 180, 240), np.uint8)
    board[20:40, ::12] = 20
    return board


@pytest.mark.parametrize("effect", _EFFECTS)
def test_effects_follow_from_the_seed_and_keep_the_size(effect: Callable[[Image, random.Random], Image]) -> None:
    """The same seed gives the same picture, changed but of the same size, and the original stays as it was."""
    image = _board()
    first, second = effect(image, random.Random(4)), effect(image, random.Random(4))
    assert first.shape == image.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, second)
    assert not np.array_equal(first, image)
    assert np.array_equal(image, _board())


def test_a_plate_lands_on_its_corners() -> None:
    """Inside the corners is the plate, outside the background."""
    plate, mask = np.full((40, 100, 3), 200, np.uint8), np.full((40, 100), 255, np.uint8)
    corners = np.array([[50, 30], [150, 40], [150, 80], [50, 70]], np.float32)
    picture = effects.place(np.zeros((120, 200, 3), np.uint8), plate, mask, corners)
    assert picture[55, 100].tolist() == [200, 200, 200]
    assert picture[20, 100].max() == 0
    assert picture[100, 100].max() == 0


def test_what_is_cut_off_lies_beyond_one_side_of_the_plate() -> None:
    """The middle of the plate stays; beyond the line everything has one level."""
    for seed in range(20):
        image = effects.cut_off(_board(), _CORNERS, random.Random(seed))
        changed = (image != _board()).any(axis=2)
        assert np.array_equal(image[22:38, 60:100], _board()[22:38, 60:100])
        assert len(np.unique(image[changed])) <= 1
