"""A lane with flat figures in it, drawn as a pinhole camera above it sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from contract.region import CameraRegion
from edge.frame import Image
from edge.lpr.lane_area import LaneArea
from edge.lpr.road import Road

SIZE = (256, 144)
FOCAL, _HIGH_M, _HORIZON = 1.4, 2.4, 0.1
_NOISE = np.random.default_rng(5).normal(0, 2.5, (16, SIZE[1], SIZE[0], 3)).astype(np.float32)


def at(x_m: float, up_m: float, ahead_m: float) -> tuple[float, float]:
    """Where something is in the picture, in shares of it."""
    return 0.5 + FOCAL * x_m / ahead_m, _HORIZON + FOCAL * (_HIGH_M - up_m) / ahead_m * SIZE[0] / SIZE[1]


AREA = LaneArea(CameraRegion(lane=(at(-1.75, 0, 45), at(1.75, 0, 45), at(1.75, 0, 6.8), at(-1.75, 0, 6.8))))
ROAD = Road.of(AREA, breadth_m=3.5, focal_widths=FOCAL)


@dataclass(frozen=True)
class Figure:
    """Somebody upright on the road: how far ahead after so many seconds, how broad and high."""

    ahead_m: Callable[[float], float]
    wide_m: float
    high_m: float = 1.6
    aside_m: float = 0.0


def picture_of(figures: Sequence[Figure], now_s: float, seed: int) -> Image:
    """The lane with these people and riders in it, with noise."""
    picture = np.full((SIZE[1], SIZE[0], 3), 112, np.float32)
    for figure in sorted(figures, key=lambda one: -one.ahead_m(now_s)):
        ahead_m = figure.ahead_m(now_s)
        if not 2.0 < ahead_m < 60:
            continue
        x1, y1 = at(figure.aside_m - figure.wide_m / 2, figure.high_m, ahead_m)
        x2, y2 = at(figure.aside_m + figure.wide_m / 2, 0.0, ahead_m)
        left, top = (round(x1 * SIZE[0]), max(0, round(y1 * SIZE[1])))
        right, foot = (round(x2 * SIZE[0]), round(y2 * SIZE[1]))
        picture[top:foot, max(0, left) : right] = (60, 50, 44)
        middle = (top + foot) // 2
        picture[top + (middle - top) // 3 : middle, max(0, left) : right] = (60, 70, 190)
    return np.clip(picture + _NOISE[seed % len(_NOISE)], 0, 255).astype(np.uint8)
