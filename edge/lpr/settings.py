"""Settings of plate reading. The defaults suit a lane camera whose plates are 90 px wide or more."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]


class LprSettings(BaseModel):
    """How plates are found, read and gathered into passages."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    detector: Literal["plate_detector", "plate_detector_int8", "plate_detector_pose"] = "plate_detector_int8"
    """The model that finds plates. `plate_detector_int8` counts with 8-bit numbers: about twice as fast as
    `plate_detector`, and as good on pictures that neither was made with. `plate_detector_pose` is another network to
    compare with; it is made locally (`models/README.md`)."""
    threads: Annotated[int, Field(ge=1, le=16)] = 1
    """Threads of the inference engine."""
    picture_side_px: Annotated[int, Field(ge=320, le=4096)] = 1280
    """Longer side that a whole photograph is scaled to before plates are looked for."""
    frame_side_px: Annotated[int, Field(ge=160, le=4096)] = 512
    """Longer side that the moving part of a lane frame is scaled to; smaller is faster."""
    min_plate_confidence: Share = 0.5
    """Reads that are less sure than this are not told: more of them would be wrong than right."""
    unread_plate_confidence: Share = 0.88
    """What looks so surely like a plate is told as one, though it cannot be read."""
    settle_confidence: Share = 0.8
    """A plate is settled early when the agreeing reads together reach this."""
    settle_reads: Annotated[int, Field(ge=1)] = 2
    """… and there are at least so many of them."""
    accept_confidence: Share = 0.45
    """A vehicle whose fused read stays below this is an abstention."""
    enter_share: Share = 0.06
    """A vehicle is in view when so much of the lane differs from how it looks empty."""
    leave_share: Share = 0.03
    """It has left when less than this differs …"""
    leave_s: Annotated[float, Field(gt=0)] = 1.2
    """… for so long."""
    min_frames: Annotated[int, Field(ge=1)] = 2
    """What is in view for fewer frames is no vehicle."""
    min_seen_s: Annotated[float, Field(ge=0)] = 1.0
    """What moves in view for less time, and shows no plate, is no vehicle."""
    vehicle_share: Share = 0.18
    """What never fills so much of the lane, and shows no plate, is no vehicle: a person, or the barrier's arm."""
    vehicle_breadth: Share = 0.56
    """What is never as broad as so much of the lane's width, and shows no plate, is none either: people walk there."""
    vehicle_way: Share = 0.3
    """What shows no plate, and whose near end did not move by so much of the picture's height, is none: it only
    crossed the lane, or it is a light or a shadow that came and went."""
    lane_breadth_m: Annotated[float, Field(ge=2, le=8)] = 3.5
    """How broad the lane's region is drawn on the road. With the lens it tells how fast something comes: a motorcycle
    that shows no plate is told from a person by that."""
    focal_widths: Annotated[float, Field(ge=0.4, le=6)] = 1.4
    """Focal length of the lane cameras' lens in widths of their sensor: 1.1 for 6 mm and 1.4 for 8 mm before a sensor
    of 1/2.8 inch, which is 5.6 mm wide."""
