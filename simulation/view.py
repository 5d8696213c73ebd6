"""Where a lane camera hangs, and where things of the world land in its picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 1280, 720
LANE_M = 1.85
"""From the camera to the middle of its lane."""


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera on a traffic island, level, its lens shifted so that the lane fills the picture.

    Attributes:
        side: 1 when the lane is to the right of the camera, -1 when to the left.

    """

    side: int = 1
    focal_px: float = 1900.0
    horizon_px: float = 100.0
    margin_px: float = 150.0
    camera_m: float = 2.2

    @property
    def centre_px(self) -> float:
        """Column of the vanishing point."""
        return self.margin_px if self.side > 0 else WIDTH - self.margin_px

    def at(self, x_m: float, y_m: float, z_m: float) -> tuple[float, float]:
        """Pixel of a point `x_m` from the camera towards its lane, `y_m` above the ground and `z_m` ahead."""
        scale = self.focal_px / z_m
        return self.centre_px + self.side * scale * x_m, self.horizon_px + scale * (self.camera_m - y_m)
