"""What belongs to the view and looks like a plate: text laid over the picture, a sign, a plate of a parked vehicle.

Looked for while the lane is empty, and told from a vehicle's plate by its place: a vehicle's was elsewhere before.
"""

from __future__ import annotations

from collections.abc import Iterable

from edge.lpr.types import Box


class Fixtures:
    """Where the empty lane shows something like a plate."""

    def __init__(self) -> None:
        self._boxes: tuple[Box, ...] = ()

    def note(self, boxes: Iterable[Box]) -> None:
        """What the lane shows now that it is empty; what it showed earlier is forgotten."""
        self._boxes = tuple(boxes)

    def has(self, box: Box) -> bool:
        """Whether this is one of them."""
        return any(known.is_at(box) for known in self._boxes)
