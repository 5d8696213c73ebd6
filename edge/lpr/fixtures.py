"""What belongs to the view and looks like a plate: text laid over the picture, a sign, a plate of a parked vehicle.

Looked for while the lane is empty, and told from a vehicle's plate by its place: a vehicle's was elsewhere before.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge.lpr.types import Box

_SAME_PLACE = 0.45
"""Shared area over joint area from which two boxes are at one place and of one size."""


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


def _intersection_over_union(one: Box, other: Box) -> float:
    width = min(one.x2, other.x2) - max(one.x1, other.x1)
    height = min(one.y2, other.y2) - max(one.y1, other.y1)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one.width * one.height + other.width * other.height - shared)
