"""Settings of camera diagnosis. Grey levels are 0–255."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class HealthSettings(BaseModel):
    """When a camera is called degraded or failed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    starting_s: Seconds = 10.0
    """Time after the start in which nothing is judged from missing frames."""
    no_frames_s: Seconds = 6.0
    """No new frame for so long is a fault."""
    enter_s: Seconds = 6.0
    """A fault must be seen for so long before it is told."""
    heal_s: Seconds = 4.0
    """… and be gone for so long before it is taken back."""
    frozen_share: Share = 0.995
    """Share of the picture that repeats exactly when it is frozen; the rest may be a clock drawn over it."""
    dark_level: Annotated[float, Field(ge=0, le=255)] = 14.0
    """Mean grey below which a picture without structure is dark."""
    dark_detail: Annotated[float, Field(ge=0)] = 10.0
    """Spread of grey (99th minus 1st percentile) below which a dark picture has no structure."""
    bright_share: Share = 0.6
    """Share of white pixels from which a picture is overexposed."""
    sharp_fall: Share = 0.25
    """A picture whose sharpness falls below this share of its own usual one is out of focus."""
    covered_detail: Annotated[float, Field(ge=0)] = 6.0
    """Mean local contrast of half of the picture's tiles below which the lens is covered."""
    low_fps_share: Share = 0.3
    """Frame rate below this share of the camera's own usual one is low."""
