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
    look_every_s: Seconds = 0.2
    """A frame is looked at closely so often."""
    no_frames_s: Seconds = 3.5
    """No new frame for so long is a fault."""
    no_picture_s: Seconds = 2.0
    """A picture of one colour, still for so long, is none: the signal is lost."""
    enter_s: Seconds = 4.0
    """What is wrong with the picture must be seen for so long before it is told …"""
    heal_s: Seconds = 4.0
    """… and be gone for so long before it is taken back."""
    frozen_s: Seconds = 7.0
    """A picture that repeats for so long is frozen. Longer than the camera's key frame interval: between key frames
    some encoders repeat a still lane exactly."""
    looped_s: Seconds = 4.0
    """A stretch of video that comes again for so long is a loop."""
    busy_trust_s: Seconds = 120.0
    """A lane busy for longer is judged as if it were empty: a cover looks like a vehicle that never leaves."""
    low_fps_share: Share = 0.5
    """Frame rate below this share of the camera's own usual one is low …"""
    low_fps_s: Seconds = 5.0
    """… when it lasts so long."""
