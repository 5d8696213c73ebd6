"""Faults before the sensor: focus, dirt, covers, a camera that was pushed or shakes.

Sizes in pixels are those of a picture 1280 wide and grow with it. Each builder draws its chances from `rng` once and
gives a `Retouch`, which is pure: the same picture, depth and time give the same result.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.vocabulary import Severity
from edge.frame import Image

Retouch = Callable[[Image, float, float], Image]
"""A picture with a fault in it: from the picture, how much of the fault is there (above 0, 1 is all), and seconds."""
Layer = NDArray[np.float32]

NOMINAL_WIDTH = 1280
BLUR_RADIUS_PX = {Severity.SLIGHT: 1.5, Severity.MODERATE: 3.0, Severity.SEVERE: 6.0}
DIRT_SHARE = {Severity.SLIGHT: 0.03, Severity.MODERATE: 0.10, Severity.SEVERE: 0.25}
COVER_SHARE = {Severity.SLIGHT: 0.25, Severity.MODERATE: 0.50, Severity.SEVERE: 1.0}
SHIFT_SHARE = {Severity.SLIGHT: 0.02, Severity.MODERATE: 0.06, Severity.SEVERE: 0.15}
TURN_DEG = {Severity.SLIGHT: 1.0, Severity.MODERATE: 4.0, Severity.SEVERE: 10.0}
ZOOM_SHARE = {Severity.SLIGHT: 0.03, Severity.MODERATE: 0.10, Severity.SEVERE: 0.25}
SHAKE_PX = {Severity.SLIGHT: 2.0, Severity.MODERATE: 6.0, Severity.SEVERE: 15.0}
_COARSE_RADIUS_PX = 4.0
"""From here on half the resolution is enough to blur in."""
_SMALL = 8
"""Soft things are computed on a picture so many times smaller."""


def scale_of(image: Image) -> float:
    """Pixels of this picture for one of a picture 1280 wide."""
    return float(image.shape[1] / NOMINAL_WIDTH)


def defocused(severity: Severity, _rng: np.random.Generator) -> Retouch:
    """The lens is out of focus: every point becomes a disc."""
    radius_px = BLUR_RADIUS_PX[severity]

    def retouch(image: Image, depth: float, _at_s: float) -> Image:
        radius = round(radius_px * depth * scale_of(image), 2)
        if radius < _COARSE_RADIUS_PX:
            return np.asarray(cv2.filter2D(image, -1, _disc(radius), borderType=cv2.BORDER_REFLECT_101), np.uint8)
        height, width = image.shape[:2]
        small = cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        soft = cv2.filter2D(small, -1, _disc(radius / 2), borderType=cv2.BORDER_REFLECT_101)
        return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)

    return retouch


@functools.lru_cache(maxsize=64)
def _disc(radius_px: float) -> Layer:
    """A disc with soft edges that adds up to 1; below half a pixel it leaves the picture as it is."""
    reach = max(1, math.ceil(radius_px))
    fine = (np.arange((2 * reach + 1) * 8) + 0.5) / 8 - reach - 0.5
    inside = (np.hypot(fine[:, None], fine[None, :]) <= max(radius_px, 0.5)).astype(np.float32)
    disc = inside.reshape(2 * reach + 1, 8, 2 * reach + 1, 8).mean(axis=(1, 3))
    return np.asarray(disc / disc.sum(), np.float32)


def dirt(severity: Severity, rng: np.random.Generator) -> Retouch:
    """Specks of dust and mud on the front glass: far out of focus, brown or grey, not quite opaque."""
    share, seed = DIRT_SHARE[severity], int(rng.integers(1 << 31))
    strength, tint = rng.uniform(0.6, 0.9), np.array(((58, 74, 88), (78, 80, 82))[int(rng.integers(2))], np.float32)

    @functools.lru_cache(maxsize=2)
    def specks(height: int, width: int) -> Layer:
        chance = np.random.default_rng(seed)
        shape = (height // 2, width // 2)
        drawn = np.zeros(shape, np.uint8)
        while (drawn > 127).mean() < share:
            radius = chance.uniform(0.012, 0.012 + 0.12 * share) * shape[1] + 2
            middle = chance.uniform((0, 0), shape[::-1])
            axes = (round(radius), round(radius * chance.uniform(0.6, 1.0)))
            spot = cv2.ellipse(
                np.zeros(shape, np.uint8), (round(middle[0]), round(middle[1])), axes, chance.uniform(0, 180), 0, 360,
                255, -1,
            )  # fmt: skip
            drawn = np.maximum(drawn, np.asarray(cv2.GaussianBlur(spot, (0, 0), 0.3 * radius), np.uint8))
        return np.asarray(cv2.resize(drawn, (width, height)) / 255, np.float32)

    def retouch(image: Image, depth: float, _at_s: float) -> Image:
        own = np.clip(0.45 * _washed(image) + 0.55 * light_of(image) * tint, 0, 255).astype(np.uint8)
        return _mixed(image, own, specks(*image.shape[:2]) * np.float32(strength * depth))

    return retouch


def drops(severity: Severity, rng: np.random.Generator) -> Retouch:
    """Drops that stay on the glass: each is a small lens that shows the picture upside down and blurred."""
    share, seed = DIRT_SHARE[severity], int(rng.integers(1 << 31))

    @functools.lru_cache(maxsize=2)
    def lenses(height: int, width: int) -> tuple[Layer, Layer, Layer]:
        chance = np.random.default_rng(seed)
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        cover = np.zeros((height, width), np.float32)
        while (cover > 0.3).mean() < share:
            radius = float(chance.uniform(0.012, 0.045)) * width
            x, y = chance.uniform((0, 0), (width, height))
            top, left = max(0, int(y - radius)), max(0, int(x - radius))
            part = np.s_[top : min(height, int(y + radius) + 2), left : min(width, int(x + radius) + 2)]
            down, aside = np.mgrid[part]
            far = np.hypot(aside - x, down - y) / radius
            inside = (far < 1) & (cover[part] == 0)
            rows[part] = np.where(inside, np.clip(y - 3 * (down - y), 0, height - 1), rows[part])
            columns[part] = np.where(inside, np.clip(x - 3 * (aside - x), 0, width - 1), columns[part])
            cover[part] = np.where(inside, np.clip((1 - far) * 2.5, 0, 0.93), cover[part])
        return columns, rows, cover

    def retouch(image: Image, depth: float, _at_s: float) -> Image:
        columns, rows, cover = lenses(*image.shape[:2])
        seen = cv2.remap(cv2.blur(image, (25, 25)), columns, rows, cv2.INTER_LINEAR)
        return _mixed(image, seen, cover * np.float32(depth))

    return retouch


def covered(severity: Severity, rng: np.random.Generator, *, thing: str) -> Retouch:
    """Something lies on the lens or hangs close before it, far out of focus: a leaf, a hand, a bag or parcel tape.

    Beside an infrared lamp (a grey picture) it is brightly lit.
    """
    share, seed = COVER_SHARE[severity], int(rng.integers(1 << 31))
    tint, through, fingers = THINGS[thing]

    @functools.lru_cache(maxsize=2)
    def field(height: int, width: int) -> tuple[Layer, Layer]:
        """How late each part is covered, 0–1 with equal shares, and the thing's own shades."""
        chance = np.random.default_rng(seed)
        rows, columns = np.mgrid[0 : height // _SMALL, 0 : width // _SMALL].astype(np.float32) / (width // _SMALL)
        turn = chance.uniform(0, 2 * math.pi)
        along, across = (
            columns * math.cos(turn) + rows * math.sin(turn),
            rows * math.cos(turn) - columns * math.sin(turn),
        )
        wobble = cv2.GaussianBlur(chance.normal(0, 1, along.shape).astype(np.float32), (0, 0), 18)
        late = along + 0.08 * wobble / max(1e-6, float(wobble.std()))
        late -= fingers * np.abs(np.sin(across * 14 + chance.uniform(0, 3)))
        order = np.empty(late.size, np.float32)
        order[np.argsort(late, axis=None)] = np.linspace(0, 1, late.size, dtype=np.float32)
        shades = cv2.GaussianBlur(chance.normal(0, 1, along.shape).astype(np.float32), (0, 0), 10)
        return order.reshape(late.shape), np.asarray(1 + 0.12 * shades / max(1e-6, float(shades.std())), np.float32)

    def retouch(image: Image, depth: float, _at_s: float) -> Image:
        height, width = image.shape[:2]
        late, shades = field(height, width)
        edge = np.clip((share * depth * 1.08 - 0.04 - late) / 0.08 + 0.5, 0, 1) if share * depth < 1 else late * 0 + 1
        colour = np.full(3, 190.0, np.float32) if is_grey(image) else tint * light_of(image)
        own = np.clip(shades[..., None] * colour, 0, 255).astype(np.uint8)
        solid = cv2.addWeighted(cv2.resize(own, (width, height)), 1 - through, _washed(image), through, 0)
        return _mixed(image, solid, np.asarray(cv2.resize(edge, (width, height)), np.float32))

    return retouch


THINGS: dict[str, tuple[Layer, float, float]] = {
    "leaf": (np.array((48, 96, 66), np.float32), 0.04, 0.0),
    "hand": (np.array((92, 118, 172), np.float32), 0.02, 0.12),
    "bag": (np.array((205, 196, 190), np.float32), 0.30, 0.0),
    "tape": (np.array((66, 108, 142), np.float32), 0.15, 0.0),
}
"""Colour, share of the washed-out picture that comes through, and how far fingers reach."""


def shifted(severity: Severity, rng: np.random.Generator) -> Retouch:
    """The camera was turned aside or tilted: the picture has shifted, mostly sideways."""
    turn = float(rng.choice((0.0, math.pi)) + rng.uniform(-0.6, 0.6))
    by = SHIFT_SHARE[severity] * NOMINAL_WIDTH * np.array([math.cos(turn), math.sin(turn)])
    return _warped(lambda depth: np.array([[1, 0, by[0] * depth], [0, 1, by[1] * depth]]))


def turned(severity: Severity, rng: np.random.Generator) -> Retouch:
    """The camera has rolled about its axis."""
    angle_deg = float(TURN_DEG[severity] * rng.choice((-1, 1)))
    return _warped(
        lambda depth: cv2.getRotationMatrix2D((NOMINAL_WIDTH / 2, NOMINAL_WIDTH * 9 / 32), angle_deg * depth, 1)
    )


def zoomed(severity: Severity, rng: np.random.Generator) -> Retouch:
    """The lens has been turned to a longer focal length."""
    middle = (NOMINAL_WIDTH * rng.uniform(0.45, 0.55), NOMINAL_WIDTH * 9 / 16 * rng.uniform(0.45, 0.55))
    return _warped(lambda depth: cv2.getRotationMatrix2D(middle, 0, 1 + ZOOM_SHARE[severity] * depth))


def _warped(matrix_at: Callable[[float], cv2.typing.MatLike]) -> Retouch:
    """Moved as a whole; what comes in at the rim mirrors what is there."""

    def retouch(image: Image, depth: float, _at_s: float) -> Image:
        matrix = np.asarray(matrix_at(depth), np.float64).copy()
        matrix[:, 2] *= scale_of(image)
        size = (image.shape[1], image.shape[0])
        return np.asarray(cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REFLECT_101), np.uint8)

    return retouch


def shaking(severity: Severity, rng: np.random.Generator) -> Retouch:
    """The post swings in wind or beside an engine, at 1 to 4 Hz; large swings smear the picture as well."""
    amplitude_px = SHAKE_PX[severity]
    turns_hz, phases = rng.uniform(1.0, 4.0, (2, 2)), rng.uniform(0, 2 * math.pi, (2, 2))
    weights = np.array([[0.65], [0.35]]) * np.array([[1.0, 0.6]])

    def retouch(image: Image, depth: float, at_s: float) -> Image:
        reach_px = amplitude_px * depth * scale_of(image)
        by = (weights * np.sin(2 * math.pi * turns_hz * at_s + phases)).sum(axis=0) * reach_px
        matrix = np.array([[1, 0, by[0]], [0, 1, by[1]]])
        size = (image.shape[1], image.shape[0])
        moved = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REFLECT_101)
        smear_px = round(0.25 * reach_px)
        return np.asarray(cv2.blur(moved, (smear_px, 1)) if smear_px > 1 else moved, np.uint8)

    return retouch


def _mixed(image: Image, other: cv2.typing.MatLike, share: Layer) -> Image:
    """The picture, and of the other `share` (0–1, a number a pixel)."""
    return np.asarray(cv2.blendLinear(image, other, 1 - share, share), np.uint8)


def _washed(image: Image) -> Image:
    """The picture as it comes through something at the lens: nothing but its broad lights and shades."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (width // 16, height // 16), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), 6), (width, height)), np.uint8)


def light_of(image: Image) -> float:
    """How light it is outside: 1 on a day of mean grey 110."""
    return float(np.clip(image[::16, ::16].mean() / 110, 0.03, 1.3))


def is_grey(image: Image) -> bool:
    """Whether the camera gives no colours: it sees by infrared."""
    few = image[::16, ::16].astype(np.int16)
    return float(np.quantile(np.abs(few[..., 0] - few[..., 2]), 0.95)) < 6
