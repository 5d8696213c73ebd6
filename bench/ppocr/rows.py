"""Finds plates through their rows of text: a text detector, then geometry.

The detector gives a probability of text for each pixel (differentiable binarisation, Liao et al. 2020). Its
regions are shrunken; they are grown again by area × ratio / perimeter as in that paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.ppocr.package import PackagedModel
from edge.frame import Image
from edge.lpr.preprocess import as_tensor, box_of, size_of
from edge.lpr.types import Corners, Detection

_PIXEL_THRESHOLD = 0.3
_REGION_THRESHOLD = 0.45
_GROW_RATIO = 1.6
_MIN_ROW_PX = 6


@dataclass(frozen=True, slots=True)
class RowsDetection(Detection):
    """A plate of which the text rows are known, by their corners."""

    rows: tuple[Corners, ...]


class TextRowDetector:
    """A `Detector`: candidates for plates with one row, and with two rows above each other.

    Candidates may overlap (a row, and the pair that it belongs to); reading them tells which one is a plate.
    """

    def __init__(self, model: PackagedModel) -> None:
        self._model = model

    def detect(self, image: Image, *, side_px: int) -> list[Detection]:
        """Find candidates after scaling the longer side of the picture to `side_px`."""
        rows = self._rows(image, side_px)
        singles = [RowsDetection(box_of(quad), quad, score, (quad,)) for quad, score in rows if _one_row(quad)]
        return [*_pairs(rows), *singles]

    def _rows(self, image: Image, side_px: int) -> list[tuple[Corners, float]]:
        height, width = image.shape[:2]
        scale = side_px / max(height, width)
        size = (max(32, round(width * scale / 32) * 32), max(32, round(height * scale / 32) * 32))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(image, size, interpolation=method), dtype=np.uint8)
        heat = self._model.run(as_tensor(small))[0, 0]
        contours, _ = cv2.findContours(
            (heat > _PIXEL_THRESHOLD).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE
        )
        x_scale, y_scale = width / heat.shape[1], height / heat.shape[0]
        rows = []
        for contour in (np.asarray(found, dtype=np.int32) for found in contours):
            rectangle = cv2.minAreaRect(contour)
            if min(rectangle[1]) < 2:
                continue
            score = _mean_inside(heat, contour)
            if score < _REGION_THRESHOLD:
                continue
            quad = _ordered(_grown(rectangle))
            scaled: Corners = tuple((float(x * x_scale), float(y * y_scale)) for x, y in quad)  # type: ignore[assignment]  # four corners in, four out
            if size_of(scaled)[1] >= _MIN_ROW_PX:
                rows.append((scaled, score))
        return rows


def _mean_inside(heat: NDArray[np.float32], contour: NDArray[np.int32]) -> float:
    x, y, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [contour - np.array([x, y])], 1)
    return float(cv2.mean(heat[y : y + height, x : x + width], mask)[0])


def _grown(rectangle: tuple[Sequence[float], Sequence[float], float]) -> list[tuple[float, float]]:
    (x, y), (width, height), angle = rectangle
    distance = width * height * _GROW_RATIO / (2 * (width + height))
    points = cv2.boxPoints(((x, y), (width + 2 * distance, height + 2 * distance), angle))
    return [(float(px), float(py)) for px, py in points]


def _ordered(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Top left, top right, bottom right, bottom left of a rectangle that is tilted by less than 45°."""
    left = sorted(sorted(points)[:2], key=lambda point: point[1])
    right = sorted(sorted(points)[2:], key=lambda point: point[1])
    return [left[0], right[0], right[1], left[1]]


def _one_row(quad: Corners) -> bool:
    width, height = size_of(quad)
    return 1.6 <= width / height <= 9.0


def _pairs(rows: list[tuple[Corners, float]]) -> list[RowsDetection]:
    found = []
    for upper, upper_score in rows:
        for lower, lower_score in rows:
            if upper is not lower and _above(upper, lower):
                corners = (upper[0], upper[1], lower[2], lower[3])
                score = (upper_score + lower_score) / 2
                found.append(RowsDetection(box_of(upper, lower), corners, score, (upper, lower)))
    return found


def _above(upper: Corners, lower: Corners) -> bool:
    """Whether two rows can be the two lines of one plate."""
    (upper_width, upper_height), (lower_width, lower_height) = size_of(upper), size_of(lower)
    top, bottom = box_of(upper), box_of(lower)
    gap = (bottom.y1 + bottom.y2) / 2 - (top.y1 + top.y2) / 2
    shared = min(top.x2, bottom.x2) - max(top.x1, bottom.x1)
    return (
        0.4 <= upper_height / lower_height <= 2.0
        and 0.5 * (upper_height + lower_height) * 0.5 < gap < 1.1 * (upper_height + lower_height)
        and shared > 0.6 * min(upper_width, lower_width)
        and 0.25 <= upper_width / lower_width <= 2.2
        and max(top.x2, bottom.x2) - min(top.x1, bottom.x1) < 4.0 * (upper_height + lower_height)
    )
