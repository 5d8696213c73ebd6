"""Faces in the lettering of the plates themselves, drawn from strokes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from rendering.fonts import GLYPH_PX, Mask, cut_to_ink
from rendering.plate_strokes import CHINESE, NEW_ENERGY, VIETNAMESE, Strokes

Points = NDArray[np.float64]
"""n × 2, in pixels."""
_FINER = 4
"""Glyphs are drawn this many times larger, then scaled down: smooth edges."""
_CURVE_STEPS = 12
_CIRCLE = 0.5523
"""How far the handles of a cubic curve reach towards the corner to make a quarter of a circle."""
_LONGEST_MITRE = 1.2
"""In widths of the stroke: how far a sharp corner may reach out."""


class Lettering(StrEnum):
    """Whose characters."""

    VIETNAM = "vietnam"
    CHINA = "china"
    CHINA_NEW_ENERGY = "china_new_energy"


class Cap(StrEnum):
    """How strokes end and turn: as pressed with a round tool, or cut square."""

    ROUND = "round"
    SQUARE = "square"


_STROKES: dict[Lettering, dict[str, Strokes]] = {
    Lettering.VIETNAM: VIETNAMESE,
    Lettering.CHINA: CHINESE,
    Lettering.CHINA_NEW_ENERGY: NEW_ENERGY,
}
_STROKE_SHARE = {Lettering.VIETNAM: 0.135, Lettering.CHINA: 10 / 90, Lettering.CHINA_NEW_ENERGY: 9 / 90}
"""Width of a stroke in heights of the character: measured on Vietnamese plates; GA 36: 10 of 90 mm."""


@dataclass(frozen=True)
class PlateFace:
    """One maker's version of a lettering: `stroke` and `roundness` 1 are the usual, `aspect` is width by height."""

    lettering: Lettering
    stroke: float = 1.0
    roundness: float = 1.0
    cap: Cap = Cap.SQUARE
    aspect: float = 0.5

    def glyph(self, character: str) -> Mask:
        """The character, cut to its ink, about 128 px high.

        Raises:
            ValueError: the lettering has no such character.

        """
        return _glyph(self, character)


@dataclass(frozen=True)
class _Line:
    """A stroke flattened to points; where it is not `smooth`, it ends or turns sharply."""

    points: Points
    smooth: tuple[bool, ...]
    closed: bool


@lru_cache(maxsize=4096)
def _glyph(face: PlateFace, character: str) -> Mask:
    strokes = _STROKES[face.lettering].get(character)
    if strokes is None:
        raise ValueError(f"the lettering {face.lettering.value} has no {character!r}")
    height = GLYPH_PX * _FINER
    width = round(height * face.aspect)
    across = height * _STROKE_SHARE[face.lettering] * face.stroke
    canvas = np.zeros((height, width), np.uint8)
    for stroke in strokes:
        _draw(canvas, _line(stroke, (width, height), across, face.roundness), across, face.cap)
    small = cv2.resize(canvas, (width // _FINER, GLYPH_PX), interpolation=cv2.INTER_AREA)
    return cut_to_ink(np.asarray(small, np.uint8))


def _line(stroke: str, size: tuple[int, int], across: float, roundness: float) -> _Line:
    """The stroke in pixels, its corners rounded."""
    words = stroke.split()
    closed = words[-1] == "z"
    corners = [_corner(word) for word in (words[:-1] if closed else words)]
    span = np.array([size[0] - across, size[1] - across])
    places = np.array([(x, y) for x, y, _ in corners]) / 100 * span + across / 2
    radii = [radius / 100 * span[0] * roundness for _, _, radius in corners]
    points: list[Points] = []
    smooth: list[bool] = []
    for index, place in enumerate(places):
        if not radii[index]:
            points.append(place[None])
            smooth.append(False)
            continue
        before, after = places[index - 1], places[(index + 1) % len(places)]
        shared = (radii[index - 1] > 0, radii[(index + 1) % len(places)] > 0)
        curve = _curve(before, place, after, radii[index], shared)
        points.append(curve)
        smooth.extend([True] * len(curve))
    return _Line(np.concatenate(points), tuple(smooth), closed)


def _corner(word: str) -> tuple[float, float, float]:
    place, _, radius = word.partition("~")
    x, y = place.split(",")
    return float(x), float(y), float(radius or 0)


def _curve(before: Points, corner: Points, after: Points, radius: float, shared: tuple[bool, bool]) -> Points:
    """The rounded corner; a side that is rounded at its other end too gives half its length."""
    ends = []
    for other, half in ((before, shared[0]), (after, shared[1])):
        side = other - corner
        length = float(np.hypot(*side))
        ends.append(corner + side / length * min(radius, length / 2 if half else length))
    start, end = ends
    first, second = start + (corner - start) * _CIRCLE, end + (corner - end) * _CIRCLE
    t = np.linspace(0, 1, _CURVE_STEPS + 1)[:, None]
    return np.asarray((1 - t) ** 3 * start + 3 * t * (1 - t) ** 2 * first + 3 * t**2 * (1 - t) * second + t**3 * end)


def _draw(canvas: Mask, line: _Line, across: float, cap: Cap) -> None:
    for start, end in _segments(line):
        _fill(canvas, _bar(start, end, across))
    for index, point in enumerate(line.points):
        if line.smooth[index] or cap is Cap.ROUND:
            cv2.circle(canvas, _pixel(point), round(across / 2), 255, -1)
        elif line.closed or 0 < index < len(line.points) - 1:
            following = line.points[(index + 1) % len(line.points)]
            _fill(canvas, _mitre(line.points[index - 1], point, following, across))
        else:
            neighbour = line.points[1 if index == 0 else -2]
            _fill(canvas, _bar(point, point + _unit(point - neighbour) * across / 2, across))


def _segments(line: _Line) -> Iterator[tuple[Points, Points]]:
    yield from zip(line.points, line.points[1:], strict=False)
    if line.closed:
        yield line.points[-1], line.points[0]


def _bar(start: Points, end: Points, across: float) -> Points:
    side = _left_of(_unit(end - start)) * across / 2
    return np.array([start + side, end + side, end - side, start - side])


def _mitre(before: Points, corner: Points, after: Points, across: float) -> Points:
    """The outer tip of a sharp corner."""
    into, out = _unit(corner - before), _unit(after - corner)
    outer = -math.copysign(across / 2, float(into[0] * out[1] - into[1] * out[0]))
    first, second = _left_of(into) * outer, _left_of(out) * outer
    middle = first + second
    reach = across**2 / 2 / max(float(np.hypot(*middle)), 1e-6)
    tip = _unit(middle) * min(reach, _LONGEST_MITRE * across)
    return np.array([corner, corner + first, corner + tip, corner + second])


def _unit(way: Points) -> Points:
    return np.asarray(way / max(float(np.hypot(*way)), 1e-6))


def _left_of(way: Points) -> Points:
    return np.array([-way[1], way[0]])


def _fill(canvas: Mask, corners: Points) -> None:
    cv2.fillConvexPoly(canvas, np.round(corners).astype(np.int32), 255)


def _pixel(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
