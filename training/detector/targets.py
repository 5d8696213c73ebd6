"""What the detector learns to say, cell by cell.

One output cell covers 8 × 8 pixels. Its 13 values: how sure there is a plate (logit), the centre of the plate's
upright box relative to the cell's middle (in cells), the logarithms of its width and height (in cells), and the four
corners (top left, top right, bottom right, bottom left) as deviations from that box's corners, in its widths and
heights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIDE = 320
STRIDE = 8
VALUES = 13
MAX_PLATES = 10
CORNERS_KNOWN, BOX_ONLY, IGNORED = 1, 0, -1
_CORE_SHARE = 0.22
_BASE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], np.float32)


@dataclass(slots=True, eq=False)
class Labelled:
    """A plate in a picture: four corners in pixels, and what is known of it."""

    corners: NDArray[np.float32]
    known: int


def pack(plates: list[Labelled]) -> NDArray[np.float32]:
    """Plates as rows of 8 coordinates and what is known; unused rows are marked by 2."""
    packed = np.full((MAX_PLATES, 9), 2, np.float32)
    for place, plate in enumerate(plates[:MAX_PLATES]):
        packed[place, :8] = plate.corners.reshape(-1)
        packed[place, 8] = plate.known
    return packed


def maps(packed: NDArray[np.float32], side: int = SIDE) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Targets of one picture.

    Returns:
        state: cells × cells, 1 plate, 0 none, -1 ignored;
        values: cells × cells × 14: centre (2), log size (2), corner deviations (8), corners known (1), weight (1).

    """
    cells = side // STRIDE
    state = np.zeros((cells, cells), np.float32)
    values = np.zeros((cells, cells, 14), np.float32)
    middle = (np.arange(cells, dtype=np.float32) + 0.5) * STRIDE
    for row in sorted((row for row in packed if row[8] < 2), key=lambda row: -float(np.ptp(row[:8:2]))):
        corners = row[:8].reshape(4, 2)
        low, high = corners.min(axis=0), corners.max(axis=0)
        centre, size = (low + high) / 2, np.maximum(high - low, 1.0)
        away_x, away_y = np.abs(middle - centre[0]) / size[0], np.abs(middle - centre[1]) / size[1]
        inside = (away_y[:, None] < 0.5) & (away_x[None, :] < 0.5)
        state[inside & (state == 0)] = -1
        if row[8] == IGNORED:
            continue
        core = (away_y[:, None] < _CORE_SHARE) & (away_x[None, :] < _CORE_SHARE)
        core[min(cells - 1, int(centre[1] / STRIDE)), min(cells - 1, int(centre[0] / STRIDE))] = True
        ys, xs = np.nonzero(core)
        state[ys, xs] = 1
        values[ys, xs, 0] = (centre[0] - middle[xs]) / STRIDE
        values[ys, xs, 1] = (centre[1] - middle[ys]) / STRIDE
        values[ys, xs, 2:4] = np.log(size / STRIDE)
        values[ys, xs, 4:12] = ((corners - centre) / size - _BASE).reshape(-1)
        values[ys, xs, 12] = row[8] == CORNERS_KNOWN
        values[ys, xs, 13] = 1.0 / len(ys)
    return state, values
