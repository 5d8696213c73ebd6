"""Faults of light and sensor: dark, overexposed, a colour cast, a dead infrared lamp, noise."""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.vocabulary import Severity
from edge.frame import Image
from simulation.faultlab.lens import Layer, Retouch, is_grey, scale_of

DARK_SHARE = {Severity.SLIGHT: 0.20, Severity.MODERATE: 0.08, Severity.SEVERE: 0.015}
OVER_GAIN = {Severity.SLIGHT: 1.8, Severity.MODERATE: 3.0, Severity.SEVERE: 6.0}
GLARE_SHARE = {Severity.SLIGHT: 0.10, Severity.MODERATE: 0.20, Severity.SEVERE: 0.40}
"""Radius of the white spot, of the picture's width."""
CAST = {Severity.SLIGHT: 0.12, Severity.MODERATE: 0.28, Severity.SEVERE: 0.50}
LAMP_SHARE = {Severity.SLIGHT: 0.40, Severity.MODERATE: 0.15, Severity.SEVERE: 0.0}
NOISE = {Severity.SLIGHT: 10.0, Severity.MODERATE: 20.0, Severity.SEVERE: 40.0}
STRIPES = {Severity.SLIGHT: 8.0, Severity.MODERATE: 16.0, Severity.SEVERE: 32.0}
_AMBIENT = 0.06
"""What moon, sky and far lamps give of a night's light beside an infrared lamp."""
_SPARE_PX = 64


def _brightened(gain: float) -> Retouch:
    return lambda image, depth, _at_s: np.asarray(cv2.convertScaleAbs(image, alpha=gain**depth), np.uint8)


def dark(severity: Severity, _rng: np.random.Generator) -> Retouch:
    """Iris or exposure fails: of the usual grey level only a share is left."""
    return lambda image, depth, _at_s: np.asarray(
        cv2.convertScaleAbs(image, alpha=DARK_SHARE[severity] ** depth), np.uint8
    )


def washed_out(severity: Severity, _rng: np.random.Generator) -> Retouch:
    """The exposure is too long: everything is lighter, and what was light is white."""
    return lambda image, depth, _at_s: np.asarray(
        cv2.convertScaleAbs(image, alpha=OVER_GAIN[severity] ** depth), np.uint8
    )


def glare(severity: Severity, rng: np.random.Generator) -> Retouch:
    """The sun or a lamp shines into the lens: a white spot, a veil over all, and an exposure that gives way."""
    share, (x, y) = GLARE_SHARE[severity], rng.uniform((0.2, 0.15), (0.8, 0.6))

    @functools.lru_cache(maxsize=2)
    def light(height: int, width: int) -> Layer:
        rows, columns = np.mgrid[0 : height // 4, 0 : width // 4].astype(np.float32) * 4
        far = np.hypot(columns - x * width, rows - y * height) / width
        spot = 600 * np.exp(-((far / share) ** 2) * math.log(600 / 215))
        veil = 320 * share * np.exp(-far / 0.6)
        return np.asarray(cv2.resize((spot + veil).astype(np.float32), (width, height)), np.float32)[..., None]

    def retouch(image: Image, depth: float, _at_s: float) -> Image:
        kept = 1 - (1 - max(0.3, 1 - 1.6 * share)) * depth
        return np.asarray(np.clip(image * np.float32(kept) + depth * light(*image.shape[:2]), 0, 255), np.uint8)

    return retouch


def cast(severity: Severity, rng: np.random.Generator) -> Retouch:
    """White balance is lost: one end of the colours gains what the other loses."""
    gains = np.array(((1, 0.2, -1), (-1, 0, 1), (-0.8, 1, -0.8), (0.8, -1, 0.8))[int(rng.integers(4))])
    return _tinted(1 + CAST[severity] * gains)


def infrared_by_day(severity: Severity, _rng: np.random.Generator) -> Retouch:
    """The infrared filter stays out by day: the picture is purple and pale, what is green most of all."""
    return _tinted(1 + CAST[severity] * np.array([0.7, -0.35, 1.1]))


def _tinted(gains: NDArray[np.floating]) -> Retouch:
    def retouch(image: Image, depth: float, _at_s: float) -> Image:
        levels = np.arange(256)[:, None] * (1 + (gains - 1) * depth)
        return np.asarray(cv2.LUT(image, np.clip(levels, 0, 255).astype(np.uint8)[:, None]), np.uint8)

    return retouch


def lamp_failed(severity: Severity, rng: np.random.Generator) -> Retouch:
    """The infrared lamp goes out, or most of it: vehicles' lamps and a little other light stay, gain and noise rise.

    Only for a picture by infrared; one in colours stays as it is.
    """
    seed = int(rng.integers(1 << 31))

    def retouch(image: Image, depth: float, at_s: float) -> Image:
        if not is_grey(image):
            return image
        lamp = 1 - (1 - LAMP_SHARE[severity]) * depth
        left, gain = _AMBIENT + (1 - _AMBIENT) * lamp, 1 + 2.0 * (1 - lamp)
        levels = np.arange(256, dtype=np.float32)
        shines = np.clip((levels - 205) / 40, 0, 1)  # what is so light beside the lamp shines by itself
        table = np.clip(gain * left * levels * (1 - shines) + levels * shines, 0, 255).astype(np.uint8)
        return grain_over(
            np.asarray(cv2.LUT(image, table), np.uint8), 2.2 * (gain - 1), seed=seed, at_s=at_s, coloured=False
        )

    return retouch


def grain(severity: Severity, rng: np.random.Generator) -> Retouch:
    """A sensor that grows noisy: cold joints, heat, a failing supply."""
    seed = int(rng.integers(1 << 31))
    return lambda image, depth, at_s: grain_over(
        image, NOISE[severity] * depth, seed=seed, at_s=at_s, coloured=not is_grey(image)
    )


def stripes(severity: Severity, rng: np.random.Generator) -> Retouch:
    """Interference: stripes across the picture, of unequal strength, that wander; beside them a little grain."""
    seed, upright = int(rng.integers(1 << 31)), rng.random() < 0.3
    length_px, speed_px_s = rng.uniform(14, 60), rng.uniform(5, 90)

    def retouch(image: Image, depth: float, at_s: float) -> Image:
        scale = scale_of(image)
        places = np.arange(image.shape[1 if upright else 0], dtype=np.float32) / scale - speed_px_s * at_s
        wave = np.sin(2 * math.pi * places / length_px) + 0.5 * np.sin(2 * math.pi * places / (2.7 * length_px) + 1)
        level = (STRIPES[severity] * depth * wave).astype(np.float32)
        striped = image + (level[None, :, None] if upright else level[:, None, None])
        return grain_over(
            np.clip(striped, 0, 255).astype(np.uint8), 0.25 * STRIPES[severity], seed=seed, at_s=at_s, coloured=False
        )

    return retouch


def infrared_lit(image: Image) -> Image:
    """A scene at dusk as a camera sees it by its infrared lamp: grey, light where it is near, black where it is far."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    lit = np.clip(grey.astype(np.float32) * _lamp_map(*grey.shape), 0, 255).astype(np.uint8)
    return np.asarray(cv2.merge([np.maximum(lit, np.where(grey > 200, grey, 0).astype(np.uint8))] * 3), np.uint8)


@functools.lru_cache(maxsize=2)
def _lamp_map(height: int, width: int) -> Layer:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    aside = (columns / width - 0.5) / 0.62
    down = np.clip((rows / height - 0.10) / 0.5, 0, 1)
    return np.asarray((0.35 + 2.6 * down) * np.exp(-(aside**2)), np.float32)


def grain_over(image: Image, sigma: float, *, seed: int, at_s: float, coloured: bool) -> Image:
    """The picture with noise of about `sigma` grey levels over it, new at every moment."""
    if sigma < 0.2:
        return image
    height, width = image.shape[:2]
    rng = np.random.default_rng([seed, round(at_s * 1000)])
    top, left = rng.integers(0, _SPARE_PX, 2)
    part = _grain_of(height, width, coloured)[top : top + height, left : left + width]
    if rng.random() < 0.5:
        part = part[:, ::-1]
    return np.asarray(cv2.scaleAdd(part, sigma, image.astype(np.float32)).clip(0, 255), np.uint8)


@functools.lru_cache(maxsize=4)
def _grain_of(height: int, width: int, coloured: bool) -> Layer:
    """Grain of strength 1, larger than the picture; part of it hangs together over two pixels."""
    rng = np.random.default_rng(7)
    shape = (height + _SPARE_PX, width + _SPARE_PX, 3 if coloured else 1)
    fine = rng.standard_normal(shape, np.float32)
    coarse = cv2.resize(rng.standard_normal((shape[0] // 2, shape[1] // 2, shape[2]), np.float32), shape[1::-1])
    both = 0.8 * fine + 0.75 * coarse.reshape(shape)
    return np.asarray(both if coloured else both.repeat(3, axis=2), np.float32)
