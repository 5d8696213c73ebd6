"""Whether a camera at a place suits the reader, in words an installer can act on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from simulation.camera_geometry import (
    ANGLE_MOST_DEG,
    ANGLE_WELL_DEG,
    BLUR_MOST_SHARE,
    BLUR_WELL_SHARE,
    FRAMES_WELL,
    ROW_PX,
    ROW_WELL_PX,
    WIDTH_PX,
    Camera,
    Geometry,
    PlateView,
    scaled_width_px,
)


class Level(StrEnum):
    """From good to bad."""

    GOOD = "good"
    TIGHT = "tight"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the reader needs it, and what to do about it."""

    level: Level
    text: str


def findings(camera: Camera, geometry: Geometry) -> list[Finding]:
    """Everything that speaks against this camera at this place; none: it is good."""
    found = [*_angles(geometry), *_focus(geometry), *_blur(geometry)]
    for view in geometry.plates:
        found += [Finding(one.level, f"{view.plate}: {one.text}") for one in _of_plate(camera, view)]
    return found


def verdict(found: list[Finding]) -> Level:
    """The worst of the findings."""
    return max((one.level for one in found), key=list(Level).index, default=Level.GOOD)


def _angles(geometry: Geometry) -> list[Finding]:
    found = []
    for name, angle, remedy in (
        ("tilt", abs(geometry.tilt_deg), "hang it lower or farther away"),
        ("yaw", abs(geometry.yaw_deg), "hang it nearer to the middle of the lane or farther away"),
    ):
        if angle > ANGLE_WELL_DEG:
            level = Level.UNFIT if angle > ANGLE_MOST_DEG else Level.TIGHT
            found.append(Finding(level, f"{name} {angle:.0f}°, at most {ANGLE_WELL_DEG:.0f}° are read well: {remedy}"))
    return found


def _focus(geometry: Geometry) -> list[Finding]:
    if geometry.focus_m is None:
        return []
    near, far = geometry.focus_m
    reach = geometry.lamp_reach_m
    if far < reach:
        text = f"sharp only from {near:.1f} to {far:.1f} m, plates are large up to {reach:.1f} m: close the aperture"
        return [Finding(Level.TIGHT, text)]
    return []


def _blur(geometry: Geometry) -> list[Finding]:
    worst = max(geometry.plates, key=lambda view: view.blur_px / view.width_px)
    share = worst.blur_px / worst.width_px
    if share <= BLUR_WELL_SHARE:
        return []
    text = (
        f"plates move {worst.blur_px:.1f} px while the shutter is open, {share:.0%} of the {worst.plate}'s width: "
        f"1/{math.ceil(1 / worst.longest_shutter_s)} s would be sharp"
    )
    return [Finding(Level.UNFIT if share > BLUR_MOST_SHARE else Level.TIGHT, text)]


def _of_plate(camera: Camera, view: PlateView) -> list[Finding]:
    found = []
    if view.row_px < ROW_PX:
        text = f"rows of {math.floor(view.row_px)} px, {ROW_PX:.0f} are needed: longer lens, more pixels or nearer"
        found.append(Finding(Level.UNFIT, text))
    elif view.row_px < ROW_WELL_PX:
        text = f"rows of {math.floor(view.row_px)} px leave nothing for dirt and fog; {ROW_WELL_PX:.0f} do"
        found.append(Finding(Level.TIGHT, text))
    width = scaled_width_px(camera, view.width_px)
    if width < WIDTH_PX[0]:
        text = f"{width:.0f} px wide in a picture of 1280, {WIDTH_PX[0]:.0f} are needed: longer lens or nearer"
        found.append(Finding(Level.UNFIT, text))
    elif width > WIDTH_PX[1]:
        text = f"{width:.0f} px wide in a picture of 1280, {WIDTH_PX[1]:.0f} were tried: shorter lens or farther away"
        found.append(Finding(Level.TIGHT, text))
    if 0 < view.readable_frames < FRAMES_WELL:
        text = f"readable in {view.readable_frames} frames while it drives, {FRAMES_WELL} are good: raise max_fps"
        found.append(Finding(Level.TIGHT, text))
    return found
