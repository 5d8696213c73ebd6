"""What belongs to the view and looks like a plate: text laid over the picture, a sign, a plate of a parked vehicle.

Looked for while the lane is empty, and told from a vehicle's plate by its place: a vehicle's was elsewhere before.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from edge.frame import Image
from edge.lpr.types import Box

_SAME_PLACE = 0.45
"""Shared area over joint area from which two boxes are at one place and of one size."""
_TREMBLES = 0.6
"""Text laid over the picture changes from frame to frame by less than this share of what is around it changes by:
rendered captions by 0.24 to 0.46, plates of vehicles that stand there by 2.2 and more, since their edges tremble."""
_LEAST_TREMBLE = 0.5
"""Grey levels: where nothing around it changes by more, nothing can be told."""


class Fixtures:
    """Where the empty lane shows something like a plate."""

    def __init__(self) -> None:
        self._boxes: tuple[Box, ...] = ()

    def note(self, boxes: Iterable[Box]) -> None:
        """What the lane shows now that it is empty; what it showed earlier is forgotten."""
        self._boxes = tuple(boxes)

    def has(self, box: Box) -> bool:
        """Whether this is one of them."""
        return any(_intersection_over_union(box, known) > _SAME_PLACE for known in self._boxes)


def is_laid_over(plate: Box, before: Image, now: Image) -> bool:
    """Whether something is written over the picture after it was taken, from two frames of one size that follow.

    It has neither the sensor's noise nor the trembling of the camera.
    """
    height, width = now.shape[:2]
    top, bottom = _span(plate.y1, plate.y2, height)
    left, right = _span(plate.x1, plate.x2, width)
    first_row, last_row = max(0, 2 * top - bottom), min(height, 2 * bottom - top)
    first_column, last_column = max(0, 2 * left - right), min(width, 2 * right - left)
    around = slice(first_row, last_row), slice(first_column, last_column)
    change = cv2.absdiff(now[around], before[around]).mean(axis=2)
    inside = np.zeros(change.shape, np.bool_)
    inside[top - first_row : bottom - first_row, left - first_column : right - first_column] = True
    if inside.all() or not inside.any():
        return False
    outside = change[~inside].mean()
    return bool(outside > _LEAST_TREMBLE and change[inside].mean() < _TREMBLES * outside)


def _span(start: float, end: float, size: int) -> tuple[int, int]:
    return max(0, int(start)), min(size, int(end) + 1)


def _intersection_over_union(one: Box, other: Box) -> float:
    width = min(one.x2, other.x2) - max(one.x1, other.x1)
    height = min(one.y2, other.y2) - max(one.y1, other.y1)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.width * one.height + other.width * other.height - shared)
