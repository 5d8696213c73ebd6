"""Whether what is in the lane has a vehicle's bulk: broader than people, and a thing, not light or shadow. Pure.

Everything is judged on the small copies that motion compares: planes (colour × row × column), grey levels 0–255.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_Mask = NDArray[np.bool_]
_Small = NDArray[np.float32]

_LEAST_LANE_PX = 8
"""Rows in which the lane is narrower say nothing about breadth."""
_ROWS_ASKED = 75
"""Of the rows that it takes up, the breadth is that of the row at this percentile: one row alone may be an arm."""
_RIM = np.ones((3, 3), np.uint8)
_DARK = 8.0
"""Grey levels added before ratios are taken, so that noise in the dark does not count."""
_LEAST_INSIDE = 12
_SMOOTH = 0.038
"""Mean bend from pixel to pixel, in the logarithm of brightness now over brightness when empty, below which the ground
shows through: a shadow or a light pool changes it by one smooth factor, while a vehicle brings edges of its own."""


def breadth(mask: _Mask, lane: _Mask) -> float:
    """How broad the masked thing is, as a share of the lane's width at the same height (0–1)."""
    joined = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    widths, of_lane = joined.sum(axis=1), lane.sum(axis=1)
    rows = (widths > 0) & (of_lane >= _LEAST_LANE_PX)
    if not rows.any():
        return 0.0
    return float(np.percentile(np.minimum(1.0, widths[rows] / of_lane[rows]), _ROWS_ASKED))


def is_light(view: _Small, expected: _Small, mask: _Mask) -> bool:
    """Whether the masked part is the empty lane in another light, brighter or darker by a smooth factor."""
    inside = cv2.erode(mask.view(np.uint8), _RIM).view(np.bool_)
    factor = np.log((view.mean(axis=0) + _DARK) / (expected.mean(axis=0) + _DARK))
    across = np.abs(np.diff(factor, 2, axis=1))[inside[:, 2:] & inside[:, 1:-1] & inside[:, :-2]]
    down = np.abs(np.diff(factor, 2, axis=0))[inside[2:] & inside[1:-1] & inside[:-2]]
    bends = np.concatenate([across, down])
    return bends.size < _LEAST_INSIDE or float(bends.mean()) < _SMOOTH
