"""The background colour of a plate, measured on its crop."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.plate import PlateColour
from edge.frame import Image

# Hue ranges in OpenCV's half degrees (0–179).
_HUES = (
    (PlateColour.RED, 0, 8),
    (PlateColour.YELLOW, 12, 36),
    (PlateColour.GREEN, 38, 92),
    (PlateColour.BLUE, 93, 135),
    (PlateColour.RED, 165, 180),
)
_COLOURED_SHARE = 0.35
_GREYISH = 60
"""A bright plate is white up to this saturation (0–255); between that and `coloured`, haze hides which colour it is."""


def plate_colour(crop: Image) -> PlateColour:
    """Background of an upright plate crop; `unknown` where it has no colour and is dark (infrared at night)."""
    if crop.size == 0:
        return PlateColour.UNKNOWN
    small = cv2.resize(crop, (48, 24), interpolation=cv2.INTER_AREA)[3:-3, 3:-3]
    hsv = cv2.cvtColor(small, cv2.COLOR_BGR2HSV).reshape(-1, 3)
    hue, saturation, value = (hsv[:, i].astype(np.int32) for i in range(3))
    coloured = (saturation > 70) & (value > 45)
    if coloured.mean() >= _COLOURED_SHARE:
        shares = [(float(((hue >= low) & (hue < high) & coloured).mean()), colour) for colour, low, high in _HUES]
        share, colour = max(shares)
        if colour is PlateColour.YELLOW and _has_green_part(hue, coloured):
            return PlateColour.YELLOW_GREEN
        return colour if share > 0.2 else PlateColour.UNKNOWN
    white = float(np.median(value)) > 95 and float(np.median(saturation)) < _GREYISH
    return PlateColour.WHITE if white else PlateColour.UNKNOWN


def _has_green_part(hue: NDArray[np.int32], coloured: NDArray[np.bool_]) -> bool:
    return float(((hue >= 38) & (hue < 92) & coloured).mean()) > 0.25
