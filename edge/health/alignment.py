"""Where the camera looks, against where it looked: shift, turn and scale between two maps of edges."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Slopes = NDArray[np.float32]
"""Strength of edges, 180 × 320."""

_PATCH_ROWS, _PATCH_COLUMNS = 3, 5
_HEIGHT, _WIDTH = 60, 64
_WINDOW = cv2.createHanningWindow((_WIDTH, _HEIGHT), cv2.CV_32F)
_WHOLE = cv2.createHanningWindow((320, 180), cv2.CV_32F)
_CLEAR = 0.10
"""Height of the peak (of 1) from which two patches show the same thing."""
_LEAST_SLOPE = 0.6
"""Spread of edges below which a patch shows nothing to hold on to."""
_LEAST_PATCHES = 4
_AGREE_PX = 1.5
_FEATURES = 400
_MATCH_DISTANCE = 48
_LEAST_MATCHES = 14


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a view lies against its reference."""

    shift_px: tuple[float, float]
    """Right and down, at 320 × 180, in the middle of the picture."""
    turn_deg: float
    scale: float
    """Larger than 1: nearer."""
    stretch: float
    """How much more it is scaled across than down; 1 for a view that was only moved."""
    reach_px: float
    """How far the corners of the picture moved on average, at 320 × 180."""


def patch_shifts(now: Slopes, usual: Slopes) -> tuple[NDArray[np.float32], NDArray[np.float32], int]:
    """Middles of the patches that show the same thing, how far each moved, and how many patches could be told."""
    places, moves, telling = [], [], 0
    for row in range(_PATCH_ROWS):
        for column in range(_PATCH_COLUMNS):
            part = np.s_[row * _HEIGHT : (row + 1) * _HEIGHT, column * _WIDTH : (column + 1) * _WIDTH]
            one, other = usual[part].copy(), now[part].copy()
            if _spread(one) < _LEAST_SLOPE:
                continue
            telling += 1
            if _spread(other) < _LEAST_SLOPE / 2:
                continue
            shift, peak = cv2.phaseCorrelate(one, other, _WINDOW)  # it puts the window into what it is given
            if peak >= _CLEAR:
                places.append(((column + 0.5) * _WIDTH, (row + 0.5) * _HEIGHT))
                moves.append(shift)
    return np.array(places, np.float32).reshape(-1, 2), np.array(moves, np.float32).reshape(-1, 2), telling


def _spread(patch: Slopes) -> float:
    return float(cv2.meanStdDev(patch)[1][0, 0])


def align(now: Slopes, usual: Slopes) -> tuple[Alignment | None, int, int]:
    """How `now` lies against `usual`; None when most patches show something else.

    Returns the alignment, how many patches agree with it, and how many could be told.
    """
    places, moves, telling = patch_shifts(now, usual)
    found = _fitted(places, places + moves)
    if found is not None and len(places) >= max(_LEAST_PATCHES, 0.3 * telling):
        return found, len(places), telling
    (dx, dy), peak = cv2.phaseCorrelate(usual.copy(), now.copy(), _WHOLE)
    if peak >= 0.12 and max(abs(dx), abs(dy)) >= 2:
        move = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        back = np.asarray(cv2.warpAffine(now, move, (320, 180)), dtype=np.float32)
        places, moves, _ = patch_shifts(back, usual)
        found = _fitted(places, places + moves + np.array([dx, dy], np.float32))
        if found is not None and len(places) >= _LEAST_PATCHES:
            return found, len(places), telling
    return None, len(places), telling


def match_views(now: NDArray[np.uint8], usual: NDArray[np.uint8]) -> Alignment | None:
    """How a view lies against its reference by matched corners, however far it moved; None when none match.

    Both are grey pictures of 360 × 640. About 10 ms.
    """
    finder = cv2.ORB.create(_FEATURES, fastThreshold=12)
    points_now, marks_now = finder.detectAndCompute(now, None)
    points_then, marks_then = finder.detectAndCompute(usual, None)
    if marks_now is None or marks_then is None or min(len(points_now), len(points_then)) < _LEAST_MATCHES:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(marks_then, marks_now)
    pairs = [pair for pair in pairs if pair.distance <= _MATCH_DISTANCE]
    if len(pairs) < _LEAST_MATCHES:
        return None
    source = np.array([points_then[pair.queryIdx].pt for pair in pairs], np.float32) / 2
    target = np.array([points_now[pair.trainIdx].pt for pair in pairs], np.float32) / 2
    matrix, inliers = cv2.estimateAffine2D(source, target, ransacReprojThreshold=2.0, confidence=0.995)
    if matrix is None or inliers.sum() < max(_LEAST_MATCHES, 0.35 * len(pairs)):
        return None
    return _of_matrix(np.asarray(matrix, dtype=np.float64))


def _fitted(source: NDArray[np.float32], target: NDArray[np.float32]) -> Alignment | None:
    if len(source) < _LEAST_PATCHES:
        return None
    matrix, inliers = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=_AGREE_PX)
    if matrix is None or inliers.sum() < max(_LEAST_PATCHES, 0.6 * len(source)):
        return None
    if inliers.sum() >= 8:
        whole, good = cv2.estimateAffine2D(source, target, ransacReprojThreshold=_AGREE_PX)
        if whole is not None and good.sum() > inliers.sum():
            matrix = whole
    return _of_matrix(np.asarray(matrix, dtype=np.float64))


def _of_matrix(matrix: NDArray[np.float64]) -> Alignment | None:
    across = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    down = float(np.hypot(matrix[0, 1], matrix[1, 1]))
    if not (0.3 < across < 3.5 and 0.3 < down < 3.5):
        return None
    corners = np.array([(0, 0), (320, 0), (0, 180), (320, 180), (160, 90)], np.float64)
    moved = corners @ matrix[:, :2].T + matrix[:, 2] - corners
    return Alignment(
        shift_px=(float(moved[4, 0]), float(moved[4, 1])),
        turn_deg=float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))),
        scale=(across * down) ** 0.5,
        stretch=across / down,
        reach_px=float(np.hypot(moved[:4, 0], moved[:4, 1]).mean()),
    )
