"""What our own detector and reader make of network outputs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.lpr.plate_detector import letterboxed, plates_in
from edge.lpr.plate_text import grown
from edge.lpr.preprocess import straighten

_NOTHING = -9.0


def _cells(rows: int = 12, columns: int = 20) -> NDArray[np.float32]:
    output = np.zeros((13, rows, columns), np.float32)
    output[0] = _NOTHING
    return output


def test_a_plate_is_found_where_its_cell_says() -> None:
    """Centre, size and corner deviations come back as corners in pixels."""
    output = _cells()
    output[:, 5, 10] = [4, 0.5, -0.5, np.log(10), np.log(4), *([0] * 7), 0.1]
    ((corners, confidence),) = plates_in(output, 0.5)
    # middle of the cell (84, 44) moved by half a cell; 80 × 32 pixels; the bottom left corner 0.1 heights lower
    assert corners == pytest.approx(np.array([[48, 24], [128, 24], [128, 56], [48, 59.2]]), abs=0.01)
    assert confidence == pytest.approx(1 / (1 + np.exp(-4)))


def test_neighbouring_cells_of_one_plate_give_one_plate() -> None:
    """Overlapping answers are one plate, the surest; another plate elsewhere stays."""
    output = _cells()
    for column, sure in ((9, 2.0), (10, 4.0), (2, 3.0)):
        output[:5, 5, column] = [sure, 0, 0, np.log(4), np.log(2)]
    assert [round(c, 2) for _, c in plates_in(output, 0.5)] == [0.98, 0.95]


def test_nothing_sure_gives_no_plate() -> None:
    """An empty picture has no plates."""
    assert plates_in(_cells(), 0.3) == []


def test_pictures_are_filled_up_to_what_the_network_takes() -> None:
    """Sides become multiples of 32, and the picture stays at the top left."""
    picture = np.full((100, 200, 3), 255, np.uint8)
    filled = letterboxed(picture, 0.5)
    assert filled.shape == (64, 128, 3)
    assert filled[:50, :100].min() == 255
    assert filled[51:].max() == 114


def test_corners_grow_from_their_middle() -> None:
    """Each side moves out by the share."""
    assert grown(((0, 0), (100, 0), (100, 50), (0, 50)), 0.02)[0] == pytest.approx((-2, -1))


def test_straightening_a_large_plate_averages_its_pixels() -> None:
    """A fine checkerboard becomes grey instead of stripes."""
    board = np.indices((192, 512)).sum(axis=0) % 2 * 255
    picture = np.repeat(board[:, :, None], 3, axis=2).astype(np.uint8)
    straight = straighten(picture, ((0, 0), (512, 0), (512, 192), (0, 192)), 128, 48)
    assert straight.shape == (48, 128, 3)
    assert np.abs(straight[4:-4, 4:-4].astype(int) - 127).max() < 40
