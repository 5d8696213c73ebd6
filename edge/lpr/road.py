"""Metres along the lane's road, from how narrow the lane looks towards its far end. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.lpr.lane_area import LaneArea

_WIDTH, _HEIGHT = 320, 180
_LEAST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Road:
    """A straight and level lane, as a pinhole camera above it sees it.

    Attributes:
        horizon: how far down in the picture (0–1) its edges would meet; below 0 when that is above the picture.
        opening: by how much of the picture's width it grows broader over one height of the picture.
        breadth_m: how broad it is.
        focal_widths: focal length of the lens in widths of its sensor.

    """

    horizon: float
    opening: float
    breadth_m: float
    focal_widths: float

    @classmethod
    def of(cls, area: LaneArea, *, breadth_m: float, focal_widths: float) -> Road | None:
        """The road of a lane; None without a region, or where its outline does not tell how far away things are."""
        lane = area.mask(_WIDTH, _HEIGHT)
        # where it is drawn as far as the picture's edge it may be broader than that
        rows = np.flatnonzero(lane.any(axis=1) & ~lane[:, 0] & ~lane[:, -1])
        if len(rows) < _LEAST_ROWS:
            return None
        opening, at_top = np.polyfit((rows + 0.5) / _HEIGHT, lane[rows].sum(axis=1) / _WIDTH, 1)
        if opening <= 0 or -at_top / opening >= rows[0] / _HEIGHT:
            return None
        return cls(float(-at_top / opening), float(opening), breadth_m, focal_widths)

    def breadth(self, down: float) -> float:
        """How broad it is so far down in the picture, as a share of the picture's width; 0 above the horizon."""
        return max(0.0, self.opening * (down - self.horizon))

    def ahead_m(self, down: float) -> float:
        """How far from the camera its ground is that lies so far down in the picture; infinite above the horizon."""
        breadth = self.breadth(down)
        return self.focal_widths * self.breadth_m / breadth if breadth else float("inf")

    def picture_m(self, down: float) -> float:
        """How many metres the picture's width spans where the ground is so far down in it."""
        return self.ahead_m(down) / self.focal_widths
