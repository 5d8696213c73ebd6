"""Is something in the lane? What differs from the empty lane, on a small grey copy of the frame.

The empty lane is learnt as a running mean and takes slow light into account; a vehicle that stands is never learnt,
as long as its surroundings are seen. A change of light over the whole picture is taken out before comparing.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image
from edge.lpr.types import Box

_WIDTH, _HEIGHT = 96, 54
_DIFFERENT = 22.0
"""Grey levels (of 255) that tell a vehicle from noise and shadow's edge on the blurred copy."""
_LEARN_EMPTY = 0.08
_MIN_DARK = 12.0
_MOST_LIGHT = 14.0
"""A change of light over the whole picture is taken out up to so many grey levels; more is a vehicle filling it."""


@dataclass(frozen=True, slots=True)
class Foreground:
    """What differs from the empty lane: share of the picture, box in the frame's pixels, whether it moves."""

    share: float
    box: Box | None
    moving: bool


class LaneBackground:
    """Learns the empty lane and says what stands in it."""

    def __init__(self) -> None:
        self._empty: NDArray[np.float32] | None = None
        self._last: NDArray[np.float32] | None = None
        self._last_s = 0.0
        self._still_s = np.zeros((_HEIGHT, _WIDTH), np.float32)

    def look(self, image: Image, now_s: float) -> Foreground:
        """Compare a frame with the empty lane. The first frame is taken for the empty lane."""
        small = cv2.resize(image, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA)
        grey = np.asarray(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (5, 5), 0), dtype=np.float32)
        if self._empty is None or self._last is None:
            self._empty, self._last, self._last_s = grey.copy(), grey, now_s
            return Foreground(0.0, None, moving=False)
        difference = grey - self._empty
        light = float(np.clip(np.median(difference), -_MOST_LIGHT, _MOST_LIGHT))
        mask = np.abs(difference - light) > _DIFFERENT
        mask &= np.maximum(grey, self._empty) > _MIN_DARK
        changed = np.abs(grey - self._last) > _DIFFERENT / 2
        moving = float(changed.mean()) > 0.004
        self._still_s = np.where(changed, 0.0, self._still_s + (now_s - self._last_s)).astype(np.float32)
        self._last, self._last_s = grey, now_s
        return Foreground(float(mask.mean()), _box(mask, image), moving)

    def learn(self) -> None:
        """The lane is empty now: take the last frame's light into account."""
        if self._empty is not None and self._last is not None:
            self._empty += _LEARN_EMPTY * (self._last - self._empty)

    def forget(self, still_s: float = 0.0) -> None:
        """Take what has been still for `still_s` for part of the empty lane, since it is no vehicle."""
        if self._empty is not None and self._last is not None:
            self._empty = np.where(self._still_s >= still_s, self._last, self._empty).astype(np.float32)


def _box(mask: NDArray[np.bool_], image: Image) -> Box | None:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    ys, xs = np.nonzero(opened)
    if len(xs) < 12:
        return None
    x_scale, y_scale = image.shape[1] / _WIDTH, image.shape[0] / _HEIGHT
    return Box(
        float(xs.min() * x_scale),
        float(ys.min() * y_scale),
        float((xs.max() + 1) * x_scale),
        float((ys.max() + 1) * y_scale),
    )
