"""Where a lane camera hangs, and where things of the world land in its picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.region import CameraRegion
from contract.vocabulary import Direction

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


_HALF_ROAD_M, _ROAD_TO_M = 1.75, 40.0
_TRIGGER_M, _PLATE_HIGH_M = 8.5, 0.75


def lane_region(view: View, direction: Direction) -> CameraRegion:
    """The lane as an installer draws it in this view: its road as far as it is seen, a line where plates are read well.

    What comes down the picture goes in `direction`.
    """
    left, right = sorted((LANE_M - _HALF_ROAD_M, LANE_M + _HALF_ROAD_M), key=lambda x_m: view.side * x_m)
    near, far = {}, {}
    for name, x_m in (("left", left), ("right", right)):
        near[name] = _in_picture(view, x_m, view.camera_m * view.focal_px / (HEIGHT - view.horizon_px))
        far[name] = _in_picture(view, x_m, _ROAD_TO_M)
    down = view.at(LANE_M, _PLATE_HIGH_M, _TRIGGER_M)[1] / HEIGHT
    trigger = ((near["left"][0], round(down, 3)), (near["right"][0], round(down, 3)))
    corners = (far["left"], far["right"], near["right"], near["left"])
    return CameraRegion(lane=corners, trigger=trigger, direction=direction)


def _in_picture(view: View, x_m: float, z_m: float) -> tuple[float, float]:
    x_px, y_px = view.at(x_m, 0.0, z_m)
    return round(min(1.0, max(0.0, x_px / WIDTH)), 3), round(min(1.0, y_px / HEIGHT), 3)
