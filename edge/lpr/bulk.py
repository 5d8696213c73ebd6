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
_LIGHT_BENDS = 0.02
"""In the logarithm of brightness now over brightness when empty: light and shadow change the road by a smooth factor,
which bends from pixel to pixel, on average, by less than this …"""
_CHANGED = 0.05
_MIXED = 0.01
"""… or, where edges make it bend more, a light makes everything brighter and a shadow everything darker, while of a
vehicle so much is brighter and so much darker than the road, if not more …"""
_UMBRA = 0.17
"""… a shadow by about one factor, with less than this for a standard deviation …"""
_POOL_BENDS = 0.038
"""… and a pool of light, which is steep, with bends of less than this."""
_SAME_TEXTURE = 0.2

_LEAST_OUTLINE = 20
"""Pixels of an outline that tell whose it is."""
_CALM = 1.0
"""Grey levels a pixel, added to what an outline has now, so that two that are hardly there are no difference."""


def breadth(mask: _Mask, lane: _Mask) -> float:
    """How broad the masked thing is, as a share of the lane's width at the same height (0–1)."""
    joined = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    widths, of_lane = joined.sum(axis=1), lane.sum(axis=1)
    rows = (widths > 0) & (of_lane >= _LEAST_LANE_PX)
    if not rows.any():
        return 0.0
    return float(np.percentile(np.minimum(1.0, widths[rows] / of_lane[rows]), _ROWS_ASKED))


def longest_runs(mask: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Of each row: how many masked pixels hang together in its longest run."""
    steps = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    longest = np.zeros(len(mask), np.intp)
    np.maximum.at(longest, rows, ends - starts)
    return longest


def is_light(view: _Small, expected: _Small, mask: _Mask) -> bool:
    """Whether the masked part is the empty lane in another light: a shadow on it, or a pool of headlights."""
    inside = cv2.erode(mask.view(np.uint8), _RIM).view(np.bool_)
    factor = _log_grey(view) - _log_grey(expected)
    factors = factor[inside]
    if factors.size < _LEAST_INSIDE:
        return True
    bends = _mean_bend(factor, inside)
    if bends < _LIGHT_BENDS:
        return True
    brighter, darker = (factors > _CHANGED).mean(), (factors < -_CHANGED).mean()
    if min(brighter, darker) >= _MIXED:
        return False
    return bool(factors.std() < _UMBRA) if darker > brighter else bends < _POOL_BENDS


def shows_through(view: _Small, expected: _Small, mask: _Mask) -> bool:
    """Whether the empty lane's texture is seen in the masked part: under light it is; of a thing or its trace, not.

    By how much it correlates: under rendered headlights by 0.3 and more.
    """
    inside = cv2.erode(mask.view(np.uint8), _RIM).view(np.bool_)
    now, empty = _bends(_log_grey(view), inside), _bends(_log_grey(expected), inside)
    return bool(now @ empty > _SAME_TEXTURE * np.sqrt((now @ now) * (empty @ empty)))


def is_trace(view: _Small, expected: _Small, mask: _Mask, lane: _Mask) -> bool:
    """Whether the masked part has gone, and only what was learnt for the empty lane still holds it.

    An outline belongs to what is there: of a thing it is an edge in the picture, of one that has gone an edge in what
    is expected. Rendered lorries give at most 0.82 times as much edge in what is expected, their traces 1.2 as a rule.
    """
    thing = mask.view(np.uint8)
    rim = (cv2.dilate(thing, _RIM) - cv2.erode(thing, _RIM)).view(np.bool_) & lane
    rim[[0, -1]] = rim[:, [0, -1]] = False
    if np.count_nonzero(rim) < _LEAST_OUTLINE:
        return False
    return bool(_edge(expected)[rim].mean() > _edge(view)[rim].mean() + _CALM)


def _log_grey(view: _Small) -> NDArray[np.float32]:
    return np.asarray(np.log(np.maximum(view.mean(axis=0), 0.0) + _DARK), np.float32)


def _edge(view: _Small) -> NDArray[np.float32]:
    grey = view.mean(axis=0)
    return np.asarray(np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)), np.float32)


def _mean_bend(factor: NDArray[np.float32], inside: _Mask) -> float:
    bends = np.abs(_bends(factor, inside))
    return float(bends.mean()) if bends.size else 0.0


def _bends(grey: NDArray[np.float32], inside: _Mask) -> NDArray[np.float32]:
    """Second differences from pixel to pixel, across and down, of what lies inside."""
    across = np.diff(grey, 2, axis=1)[inside[:, 2:] & inside[:, 1:-1] & inside[:, :-2]]
    down = np.diff(grey, 2, axis=0)[inside[2:] & inside[1:-1] & inside[:-2]]
    return np.concatenate([across, down])
