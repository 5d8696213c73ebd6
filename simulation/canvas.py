"""Flat drawings in metres: x from the middle to the right, y up from the ground."""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from simulation.view import Picture

Bgr = tuple[float, float, float]
Points = list[tuple[float, float]]
_SUBPIXEL_BITS = 4


def shaded(colour: Bgr, share: float) -> Bgr:
    """The colour, lighter or darker."""
    blue, green, red = (min(255.0, value * share) for value in colour)
    return blue, green, red


class Canvas:
    """A picture with a shape: `mask` is 255 where something was drawn."""

    def __init__(self, width_m: float, height_m: float, px_per_m: float) -> None:
        self.width_m, self.height_m, self.px_per_m = width_m, height_m, px_per_m
        size = (round(height_m * px_per_m), round(width_m * px_per_m))
        self.image: Picture = np.zeros((*size, 3), np.uint8)
        self.mask: Picture = np.zeros(size, np.uint8)

    def px(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Pixel of a point."""
        return (x_m + self.width_m / 2) * self.px_per_m, (self.height_m - y_m) * self.px_per_m

    def polygon(self, points: Points, colour: Bgr) -> None:
        """A filled polygon."""
        corners = np.array([self.px(*point) for point in points]) * 2**_SUBPIXEL_BITS
        outline = [corners.round().astype(np.int32)]
        cv2.fillPoly(self.image, outline, colour, cv2.LINE_AA, _SUBPIXEL_BITS)
        cv2.fillPoly(self.mask, outline, 255, cv2.LINE_8, _SUBPIXEL_BITS)

    def box(self, left: float, bottom: float, right: float, top: float, colour: Bgr, *, round_m: float = 0.0) -> None:
        """A filled rectangle, its corners rounded."""
        self.polygon(rounded(left, bottom, right, top, round_m), colour)

    def disc(self, x: float, y: float, radius: float, colour: Bgr) -> None:
        """A filled circle."""
        turns = np.linspace(0, 2 * np.pi, 28, endpoint=False)
        self.polygon([(x + radius * np.cos(turn), y + radius * np.sin(turn)) for turn in turns], colour)

    def line(self, points: Points, colour: Bgr, width_m: float) -> None:
        """A line through points."""
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            along = np.array([x2 - x1, y2 - y1])
            across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6) * width_m / 2
            quad = [(x1, y1), (x2, y2), (x2, y2), (x1, y1)]
            signs = (1, 1, -1, -1)
            self.polygon(
                [(x + s * across[0], y + s * across[1]) for (x, y), s in zip(quad, signs, strict=True)], colour
            )

    def fade(self, points: Points, top: Bgr, bottom: Bgr) -> None:
        """A polygon that goes from one colour at its top to another at its bottom."""
        layer = Canvas(self.width_m, self.height_m, self.px_per_m)
        layer.polygon(points, (255, 255, 255))
        rows = np.flatnonzero(layer.mask.any(axis=1))
        if not rows.size:
            return
        first, last = int(rows[0]), int(rows[-1]) + 1
        share = np.linspace(0, 1, last - first)[:, None, None]
        colours = np.array(top) * (1 - share) + np.array(bottom) * share
        cover = layer.image[first:last].astype(np.float32) / 255
        part = self.image[first:last]
        part[:] = (part * (1 - cover) + colours * cover).astype(np.uint8)
        self.mask |= layer.mask

    def glaze(self, cover: np.ndarray[tuple[int, ...], np.dtype[np.float32]], colour: Bgr) -> None:
        """Lay a colour over everything, `cover` (0–1 per pixel) thick."""
        rows = np.flatnonzero(cover.any(axis=1))
        if rows.size:
            band = slice(int(rows[0]), int(rows[-1]) + 1)
            veil = cover[band, :, None]
            self.image[band] = (self.image[band] * (1 - veil) + np.array(colour, np.float32) * veil).astype(np.uint8)


def rounded(left: float, bottom: float, right: float, top: float, radius: float) -> Points:
    """Corner points of a rectangle, its corners rounded."""
    if radius <= 0:
        return [(left, bottom), (right, bottom), (right, top), (left, top)]
    points: Points = []
    middles = ((right - radius, top - radius), (left + radius, top - radius), (left + radius, bottom + radius))
    for turn, (x, y) in enumerate((*middles, (right - radius, bottom + radius))):
        angles = np.linspace(turn * np.pi / 2, (turn + 1) * np.pi / 2, 6)
        points += [(x + radius * float(np.cos(angle)), y + radius * float(np.sin(angle))) for angle in angles]
    return points
