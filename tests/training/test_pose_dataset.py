"""What ultralytics is told about a scene."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.detector.targets import BOX_ONLY, CORNERS_KNOWN, IGNORED, Labelled, pack
from training.pose_detector.dataset import label, without_ignored

SIDE = 320


def _packed(known: int, x: float = 32.0, width: float = 64.0) -> NDArray[np.float32]:
    corners = np.array([[x, 64], [x + width, 72], [x + width, 104], [x, 96]], np.float32)
    return pack([Labelled(corners, known)])


def _numbers(known: int, x: float = 32.0) -> list[float]:
    return [float(number) for number in label(_packed(known, x)[0], SIDE).split()]


def test_a_label_is_the_box_and_the_corners() -> None:
    """Class, middle and size of the upright box, four corners; all as shares of the picture."""
    assert _numbers(CORNERS_KNOWN) == [0, 0.2, 0.2625, 0.2, 0.125, 0.1, 0.2, 0.3, 0.225, 0.3, 0.325, 0.1, 0.3]


def test_unknown_corners_are_negative() -> None:
    """Where only the box is known, there is nothing to learn about corners."""
    numbers = _numbers(BOX_ONLY)
    assert numbers[:5] == _numbers(CORNERS_KNOWN)[:5]
    assert max(numbers[5:]) < 0


def test_corners_outside_the_picture_are_unknown_and_the_box_is_cut() -> None:
    """A plate that hangs out at the left keeps its right corners."""
    numbers = _numbers(CORNERS_KNOWN, x=-16)
    assert numbers[1] - numbers[3] / 2 == 0
    assert [number < 0 for number in numbers[5::2]] == [True, False, False, True]


def test_ignored_plates_are_painted_grey() -> None:
    """All around the plate, and nothing else."""
    picture = np.zeros((SIDE, SIDE, 3), np.uint8)
    painted = without_ignored(picture, _packed(IGNORED))
    assert (painted[64:104, 32:96] == 114).all()
    assert painted.sum() == 40 * 64 * 3 * 114
    assert picture.max() == 0


def test_plates_over_an_ignored_one_stay() -> None:
    """Nothing of a plate to be learned is painted over."""
    picture = np.full((SIDE, SIDE, 3), 200, np.uint8)
    rows = np.concatenate([_packed(IGNORED)[:1], _packed(CORNERS_KNOWN, x=48)[:1]])
    assert (without_ignored(picture, rows)[64:104, 48:112] == 200).all()
