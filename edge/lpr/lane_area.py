"""Where in a camera's picture the road of its lane lies, as its region says. Pure but for one drawn mask."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.region import CameraRegion
from contract.vocabulary import Direction
from edge.lpr.types import Box, Point

_LEAST_STEP = 0.004
"""A place that moved by less (share of the picture) has not moved: detections tremble by that much."""
_HANGS_WIDTHS = 1.2
"""A plate hangs at least so many of its widths above the ground: those of cars 0.5 m and more, up to 0.52 m wide."""
_PLATE_OF_LANE = 0.35
"""A plate is at most so much of the lane's breadth: 0.52 m of 3 m, and as much again for a lane drawn narrow."""


class LaneArea:
    """The lane in the picture; without a region it is the whole picture."""

    def __init__(self, region: CameraRegion | None = None) -> None:
        self.region = region

    def mask(self, width: int, height: int) -> NDArray[np.bool_]:
        """Which pixels of a picture of this size belong to the lane, rows × columns."""
        if self.region is None:
            return np.ones((height, width), np.bool_)
        drawn = np.zeros((height, width), np.uint8)
        corners = np.array(self.region.lane) * (width, height) - 0.5  # pixels' middles are whole numbers
        cv2.fillPoly(drawn, [np.round(corners * 16).astype(np.int32)], (1,), shift=4)
        return drawn.view(np.bool_)

    def carries(self, plate: Box, width: int, height: int) -> bool:
        """Whether the ground below a plate (pixels of a picture of this size) is the lane's.

        The plate itself tells less: one on the next lane, or on a sign, may well be seen before the lane's road.
        """
        if self.region is None:
            return True
        ground = (plate.y2 + _HANGS_WIDTHS * plate.width) / height
        across = (plate.x1 + plate.x2) / (2 * width)
        if ground >= 1.0:
            return self.region.holds((across, 1 - 1 / height))
        # high above the road the ground below it is taken for farther than it is, and so for too narrow a lane
        fits = plate.width / width <= _PLATE_OF_LANE * self.region.breadth(ground)
        return fits and self.region.holds((across, ground))

    @property
    def downwards(self) -> Direction | None:
        """What a vehicle does that comes down the picture over the trigger line; None without one."""
        if self.region is None or self.region.trigger is None or self.region.direction is None:
            return None
        (x1, y1), (x2, y2) = self.region.trigger
        below = self.region.side_of_trigger(((x1 + x2) / 2, (y1 + y2) / 2 + 1.0))
        return self.region.direction if below >= 0 else self.region.direction.opposite

    def crossed(self, places: Sequence[Point]) -> Direction | None:
        """Which way something went that was at these places (shares of the picture) one after the other.

        None when it did not cross the trigger line, or came back over it as often as it crossed it.
        """
        region = self.region
        if region is None or region.trigger is None or region.direction is None:
            return None
        sides = [side for place in _steps(places) if (side := region.side_of_trigger(place)) != 0]
        if not sides or (sides[0] > 0) == (sides[-1] > 0):
            return None
        return region.direction if sides[0] < 0 else region.direction.opposite


def place_of(box: Box, width: int, height: int) -> Point:
    """The middle of a box in shares of the picture."""
    return (box.x1 + box.x2) / (2 * width), (box.y1 + box.y2) / (2 * height)


def _steps(places: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    for place in places:
        if not kept or max(abs(place[0] - kept[-1][0]), abs(place[1] - kept[-1][1])) >= _LEAST_STEP:
            kept.append(place)
    return kept
