"""What is measured on a frame: a few numbers, in about a millisecond."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image

_FINE, _COARSE = (640, 360), (160, 90)
_TILES = (6, 8)
_LEAST_VARIANCE = 25.0
"""Keeps the sharpness of a picture without any structure near zero."""
_BLACK, _WHITE = 5, 250
"""At and beyond these a sensor clips: what stands there repeats in a live picture too."""


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Reduced copies of a frame, kept to compare the next one with."""

    points: NDArray[np.uint8]
    """160 × 90 single pixels, as they are: noise stays."""
    edges: NDArray[np.float32]
    """Second derivative (Laplacian) of the picture at 640 × 360."""
    grey: NDArray[np.float32]
    """160 × 90 means: noise is gone."""

    @classmethod
    def at(cls, image: Image) -> Looked:
        """Reduce a frame."""
        height, width = image.shape[:2]
        step = max(1, width // 960)  # a large picture is thinned out first: that costs less than the averages do
        thin = (
            cv2.resize(image, (width // step, height // step), interpolation=cv2.INTER_NEAREST) if step > 1 else image
        )
        grey = cv2.cvtColor(thin, cv2.COLOR_BGR2GRAY)
        fine = cv2.resize(grey, _FINE, interpolation=cv2.INTER_AREA)
        return cls(
            points=np.asarray(cv2.resize(grey, _COARSE, interpolation=cv2.INTER_NEAREST), dtype=np.uint8),
            edges=np.asarray(cv2.Laplacian(fine, cv2.CV_32F), dtype=np.float32),
            grey=np.asarray(cv2.resize(fine, _COARSE, interpolation=cv2.INTER_AREA), dtype=np.float32),
        )


@dataclass(frozen=True, slots=True)
class Measures:
    """Numbers of one frame. The last two compare it with the frame before it, and are 0 for the first."""

    mean: float
    """Mean grey."""
    detail: float
    """99th minus 1st percentile of grey."""
    white_share: float
    """Share of white."""
    flat_contrast: float
    """Spread of grey within a part of the picture that most parts stay below (`covered_share` of them)."""
    repeated_share: float
    """Share of pixels that repeat exactly, among those that are neither black nor white."""
    sharpness: float
    """Fine structure that stays from frame to frame, as a share of all structure."""


def measure(now: Looked, before: Looked | None, *, flat_quantile: float) -> Measures:
    """Measure a frame, against the one before it.

    Sharpness is the covariance of the two frames' second derivatives over the variance of grey: sensor noise differs
    from frame to frame and drops out, so a blurred noisy night picture does not pass for a sharp one; and light that
    comes or goes changes both alike.
    """
    low, high = np.percentile(now.grey, (1, 99))
    rows, columns = _TILES
    parts = now.grey.reshape(rows, _COARSE[1] // rows, columns, _COARSE[0] // columns)
    contrast = parts.std(axis=(1, 3))
    repeated = sharpness = 0.0
    if before is not None:
        telling = (now.points > _BLACK) & (now.points < _WHITE)
        if telling.mean() > 0.05:
            repeated = float((now.points == before.points)[telling].mean())
        together = float(np.vdot(now.edges, before.edges)) / now.edges.size
        sharpness = max(0.0, together) / (float(now.grey.var()) + _LEAST_VARIANCE)
    return Measures(
        mean=float(now.grey.mean()),
        detail=float(high - low),
        white_share=float((now.grey >= _WHITE).mean()),
        flat_contrast=float(np.quantile(contrast, flat_quantile)),
        repeated_share=repeated,
        sharpness=sharpness,
    )
