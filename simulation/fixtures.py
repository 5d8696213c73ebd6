"""What stands on the islands of the empty lane: it hides whoever is behind it, so it is laid over them again."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np

from simulation.shot import Box, Shot
from simulation.view import HEIGHT, WIDTH, Picture, View

ISLAND_M = 3.6
"""Only who is farther to the right can be behind something."""
_Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Fixture:
    """A few blocks that were painted with the empty lane: spans of x, y and z in metres."""

    blocks: tuple[tuple[_Span, _Span, _Span], ...]

    def box(self, _now_s: float, /) -> Box | None:
        """Where it stands."""
        (x1, x2), _, (z1, z2) = self.blocks[0]
        return Box(x1, x2, z1, z2)

    def shade(self, shot: Shot) -> None:
        """Its shadow is part of the empty lane."""

    def draw(self, shot: Shot) -> None:
        """Show it again as it was before anybody came."""
        (x, y), mask = _mask(self.blocks, shot.view)
        part = slice(y, y + mask.shape[0]), slice(x, x + mask.shape[1])
        cv2.copyTo(shot.empty[part], mask, shot.frame[part])


@functools.lru_cache(maxsize=16)
def _mask(blocks: tuple[tuple[_Span, _Span, _Span], ...], view: View) -> tuple[tuple[int, int], Picture]:
    """Upper left corner and shape, in pixels, of what a camera sees of blocks: fronts and nearer sides."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for (x1, x2), (y1, y2), (z1, z2) in blocks:
        front = [(x1, y1, z1), (x2, y1, z1), (x2, y2, z1), (x1, y2, z1)]
        side = [(x1, y1, z1), (x1, y1, z2), (x1, y2, z2), (x1, y2, z1)]
        for face in (front, side):
            corners = np.array([view.at(*point) for point in face]).clip(-9000, 9000)
            cv2.fillPoly(mask, [corners.round().astype(np.int32)], 255)
    x, y, wide, high = cv2.boundingRect(mask)
    return (x, y), mask[y : y + high, x : x + wide].copy()


_COLUMNS = tuple(Fixture((((4.4, 4.8), (0.16, 9.0), (z, z + 0.3)),)) for z in (16.0, 27.0))
_BOOTH = Fixture((((4.1, 5.35), (0.16, 2.95), (9.4, 11.8)), ((3.8, 5.65), (2.35, 2.6), (9.0, 12.1))))


def fixtures(*, booth: bool) -> tuple[Fixture, ...]:
    """Those of a lane with or without a booth."""
    return (_BOOTH, *_COLUMNS) if booth else _COLUMNS
