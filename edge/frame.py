"""A frame: one picture of one camera, with the time it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture, height × width × 3, blue-green-red, 0–255."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one camera.

    `captured_at` is UTC and may be wrong; `monotonic_s` (seconds since an arbitrary start) never runs
    backwards and is what durations are computed from. `number` counts frames of this camera from 0.
    """

    image: Image
    camera: str
    captured_at: datetime
    monotonic_s: float
    number: int
