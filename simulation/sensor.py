"""What a real camera adds to a picture: shake, exposure that follows the light, noise, lettering, compression."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import cv2
import numpy as np
from numpy.typing import NDArray

from simulation.view import HEIGHT, WIDTH, Picture

_SPARE_PX = 64
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 80]
_EXPOSURE_S = 1.8
"""Time constant of the exposure control."""
_EXPOSURE_SHARE = 0.45
"""How much of a change of brightness it takes out."""
_GAIN_LIMITS = (0.65, 1.5)
_WHITE, _DARK = (236, 236, 236), (20, 20, 20)


@dataclass(frozen=True, slots=True)
class Caption:
    """Lettering that the camera writes into its picture; a line with `{now}` tells the time."""

    line: str
    at_px: tuple[int, int]
    size: float = 0.9
    boxed: bool = False
    """Dark on a light field, instead of light with a dark rim."""


@functools.lru_cache(maxsize=3)
def _noise(sigma: float) -> NDArray[np.int16]:
    """Sensor noise, `sigma` grey levels strong, larger than a picture; part of it hangs together over pixels."""
    rng = np.random.default_rng(0)
    shape = (HEIGHT + _SPARE_PX, WIDTH + _SPARE_PX)
    fine = rng.normal(0, 0.75 * sigma, (*shape, 3))
    coarse = cv2.resize(rng.normal(0, sigma, (shape[0] // 2, shape[1] // 2, 3)), shape[::-1])
    return (fine + coarse).astype(np.int16)


@dataclass(eq=False)
class Sensor:
    """One camera's electronics; frames must come in the order of time."""

    rng: np.random.Generator
    noise: float
    began_at: datetime
    captions: tuple[Caption, ...] = ()
    shake_px: float = 0.35
    _gain: float = 1.0
    _usual: float | None = None
    _last_s: float = 0.0
    _swing: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))

    def taken(self, frame: Picture, now_s: float, *, rumble: float = 0.0) -> Picture:
        """The picture as it comes out of the camera. `rumble` (0–1): how much a passing vehicle shakes the post."""
        frame = self._shaken(frame, rumble)
        frame = self._exposed(frame, now_s)
        top, left = self.rng.integers(0, _SPARE_PX, 2)
        noise = _noise(self.noise)[top : top + HEIGHT, left : left + WIDTH]
        noisy = np.asarray(cv2.add(frame, noise, dtype=cv2.CV_8U), np.uint8)
        for caption in self.captions:
            self._write(noisy, caption, now_s)
        _, encoded = cv2.imencode(".jpg", noisy, _QUALITY)
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)

    def _shaken(self, frame: Picture, rumble: float) -> Picture:
        """Moved by a fraction of a pixel, or a little more."""
        push = self.rng.normal(0, self.shake_px * (1 + 2.5 * rumble), 2)
        self._swing = 0.6 * self._swing + 0.5 * push
        for axis, by in enumerate(np.clip(self._swing, -3, 3)):
            whole = math.floor(by)
            frame = _blended(frame, whole, by - whole, axis)
        return frame

    def _exposed(self, frame: Picture, now_s: float) -> Picture:
        """Brightness follows what is in the picture, late and in part, and drifts a little by itself."""
        mean = float(frame[8::16, 8::16].mean()) + 6.0
        if self._usual is None:
            self._usual = mean
        wanted = float(np.clip((self._usual / mean) ** _EXPOSURE_SHARE, *_GAIN_LIMITS))
        share = 1 - math.exp(-max(0.0, now_s - self._last_s) / _EXPOSURE_S)
        self._gain += (wanted - self._gain) * share
        self._last_s = now_s
        drift = 1 + 0.012 * math.sin(now_s / 7.3) + 0.008 * math.sin(now_s / 2.9)
        return np.asarray(cv2.convertScaleAbs(frame, alpha=self._gain * drift), dtype=np.uint8)

    def _write(self, frame: Picture, caption: Caption, now_s: float) -> None:
        now = (self.began_at + timedelta(seconds=now_s)).strftime("%Y-%m-%d %H:%M:%S")
        text = caption.line.replace("{now}", now)
        face, size = cv2.FONT_HERSHEY_SIMPLEX, caption.size
        strokes: tuple[tuple[tuple[int, int, int], int], ...] = ((_DARK, 4), (_WHITE, 2))
        if caption.boxed:
            (wide, high), below = cv2.getTextSize(text, face, size, 2)
            x, y = caption.at_px
            cv2.rectangle(frame, (x - 8, y - high - 8), (x + wide + 8, y + below), _WHITE, -1)
            strokes = ((_DARK, 2),)
        for colour, thick in strokes:
            cv2.putText(frame, text, caption.at_px, face, size, colour, thick, cv2.LINE_AA)


def _blended(frame: Picture, whole: int, rest: float, axis: int) -> Picture:
    """Shifted along an axis by `whole` pixels and a fraction; edges repeat."""
    one, two = _shifted(frame, whole, axis), _shifted(frame, whole + 1, axis)
    return np.asarray(cv2.addWeighted(one, 1 - rest, two, rest, 0), dtype=np.uint8)


def _shifted(frame: Picture, by: int, axis: int) -> Picture:
    if by == 0:
        return frame
    moved = np.empty_like(frame)
    if axis:
        frame, view = frame.swapaxes(0, 1), moved.swapaxes(0, 1)
    else:
        view = moved
    if by > 0:
        view[by:], view[:by] = frame[:-by], frame[:1]
    else:
        view[:by], view[by:] = frame[-by:], frame[-1:]
    return moved
