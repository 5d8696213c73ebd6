"""Settings of camera diagnosis. Grey levels are 0–255."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Grey = Annotated[float, Field(ge=0, le=255)]


class HealthSettings(BaseModel):
    """When a camera is called degraded or failed."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    starting_s: Seconds = 10.0
    """Time after the start in which a camera without frames is still starting."""
    settle_s: Seconds = 1.5
    """Good frames must come for so long before a camera is called well for the first time."""
    no_frames_s: Seconds = 6.0
    """No new frame for so long is a fault."""
    enter_s: Seconds = 6.0
    """What is wrong with the picture must be seen for so long before it is told …"""
    heal_s: Seconds = 4.0
    """… and be gone for so long before it is taken back."""
    frozen_s: Seconds = 8.0
    """A picture that repeats for so long is frozen. Longer than the camera's key frame interval: between key frames
    some encoders repeat a still lane exactly."""
    frozen_share: Share = 0.995
    """Share of the picture that repeats exactly when it is frozen; the rest may be a clock drawn over it."""
    dark_level: Grey = 14.0
    """Mean grey below which a picture without structure is dark."""
    dark_detail: Grey = 10.0
    """Spread of grey (99th minus 1st percentile) below which a dark picture has no structure."""
    bright_share: Share = 0.6
    """Share of white from which a picture is overexposed."""
    covered_contrast: Grey = 3.0
    """Spread of grey (standard deviation) below which a part of the picture is flat."""
    covered_share: Share = 0.85
    """Share of flat parts from which the lens is covered."""
    sharp_fall: Share = 0.25
    """A picture whose sharpness falls below this share of its own usual one is out of focus."""
    sharp_frames: Annotated[int, Field(ge=2)] = 30
    """Frames of the empty lane from which the usual sharpness is known."""
    busy_trust_s: Seconds = 120.0
    """A lane busy for longer is judged as if it were empty: a cover looks like a vehicle that never leaves."""
    low_fps_share: Share = 0.3
    """Frame rate below this share of the camera's own usual one is low …"""
    low_fps_s: Seconds = 20.0
    """… when it lasts so long."""
