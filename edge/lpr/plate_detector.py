"""Finds plates with their corners: with our own network (`training/detector`), or with a pose network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.frame import Image
from edge.lpr.preprocess import as_tensor, box_of, crop_box
from edge.lpr.runtime import Model
from edge.lpr.types import Box, Corners, Detection

STRIDE = 8
_MULTIPLE = 32
_GREY = (114, 114, 114)
_LONGEST_SIDE_PX = 640
"""The detector knows plates from 14 px width up; a 90 px plate of a 1280 px frame is 45 px wide here."""
_SURE = 0.35
_OVERLAP = 0.45
_MOST_CELLS = 300
_MOST_PLATES = 8
_BEST_WIDTH_PX = 96.0
_NARROWEST_PX = 4.0
_SAME_PLATE = 0.5
_BASE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]], np.float32)
Plates = list[tuple[NDArray[np.float32], float]]
"""Corners (4 × 2, pixels of the network's picture) and confidence of each plate, the surest first."""


class PlateDetector:
    """A `Detector` that gives plates with four corners."""

    def __init__(self, model: Model, *, threshold: float = _SURE) -> None:
        self._model = model
        self._dialect = _POSE if model.entry.name == "plate_detector_pose" else _OURS
        self._threshold = threshold

    def detect(self, image: Image, *, side_px: int) -> list[Detection]:
        """Look at the picture with its longer side scaled to `side_px`, at most 640 px, then at each plate again."""
        scale = min(side_px, _LONGEST_SIDE_PX) / max(image.shape[:2])
        found = [_detection(quad / np.float32(scale), sure) for quad, sure in self.look(image, scale)]
        return [self._second_look(image, detection) for detection in found[:_MOST_PLATES]]

    def look(self, image: Image, scale: float) -> Plates:
        """Look once at the picture scaled by `scale`; the corners are in pixels of the scaled picture."""
        output = self._model.run(self._dialect.tensor(letterboxed(image, scale)))[0]
        return self._dialect.plates(output, self._threshold)

    def _second_look(self, image: Image, detection: Detection) -> Detection:
        """Find the corners again where the plate has the width that the network sees best; they come out nearer."""
        box = detection.box
        around = Box(box.x1 - box.width, box.y1 - 0.7 * box.width, box.x2 + box.width, box.y2 + 0.7 * box.width)
        part = crop_box(image, around)
        if box.width < _NARROWEST_PX or min(part.shape[:2]) == 0:
            return detection
        scale = _BEST_WIDTH_PX / box.width
        corner = np.array([int(max(0, around.x1)), int(max(0, around.y1))], np.float32)
        for quad, _ in self.look(part, scale):
            again = _detection(quad / np.float32(scale) + corner, detection.confidence)
            if again.box.overlap(box) > _SAME_PLATE:
                return again
        return detection


def letterboxed(image: Image, scale: float) -> Image:
    """The picture scaled, and filled up with grey at the right and below to multiples of 32 pixels."""
    inter = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    width, height = (max(1, round(side * scale)) for side in (image.shape[1], image.shape[0]))
    scaled = cv2.resize(image, (width, height), interpolation=inter)
    below, right = -height % _MULTIPLE, -width % _MULTIPLE
    filled = cv2.copyMakeBorder(scaled, 0, below, 0, right, cv2.BORDER_CONSTANT, value=_GREY)
    return np.asarray(filled, dtype=np.uint8)


def plates_in(output: NDArray[np.float32], threshold: float) -> Plates:
    """What our own network says: 13 × rows × columns as `training/detector/targets.py` describes them."""
    chance = 1.0 / (1.0 + np.exp(-output[0].astype(np.float64)))
    rows, columns = np.nonzero(chance >= threshold)
    order = np.argsort(-chance[rows, columns])[:_MOST_CELLS]
    rows, columns = rows[order], columns[order]
    values = output[1:, rows, columns].T
    middle = np.stack([columns, rows], axis=1) + 0.5
    centre = (middle + values[:, :2]) * STRIDE
    size = np.exp(np.clip(values[:, 2:4], -3, 6)) * STRIDE
    corners = centre[:, None] + (values[:, 4:12].reshape(-1, 4, 2) + _BASE) * size[:, None]
    return _apart(corners.astype(np.float32), chance[rows, columns])


def pose_plates_in(output: NDArray[np.float32], threshold: float) -> Plates:
    """What a pose network says: 13 × cells, of each its box (middle and size), how sure it is, and four corners.

    All in pixels. The box is left unused: corners are what plates are straightened by.
    """
    sure = output[4]
    cells = np.flatnonzero(sure >= threshold)
    cells = cells[np.argsort(-sure[cells])][:_MOST_CELLS]
    return _apart(output[5:13, cells].T.reshape(-1, 4, 2), sure[cells])


def _apart(quads: NDArray[np.float32], confidences: NDArray[np.floating]) -> Plates:
    """Of quadrilaterals that overlap (they come the surest first) the surest."""
    kept: Plates = []
    boxes: list[Box] = []
    for quad, confidence in zip(quads, confidences, strict=True):
        box = _detection(quad, 0.0).box
        if all(box.overlap(other) < _OVERLAP for other in boxes):
            kept.append((quad, float(confidence)))
            boxes.append(box)
    return kept


def _as_rgb_tensor(image: Image) -> NDArray[np.float32]:
    """A picture as 1 × 3 × height × width, red first, each value v / 255."""
    return np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1)[np.newaxis], np.float32) / np.float32(255)


def _detection(quad: NDArray[np.float32], confidence: float) -> Detection:
    corners: Corners = tuple((float(x), float(y)) for x, y in quad)  # type: ignore[assignment]  # four rows
    return Detection(box_of(corners), corners, confidence)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What a kind of network is given, and how its answer is understood."""

    tensor: Callable[[Image], NDArray[np.float32]]
    plates: Callable[[NDArray[np.float32], float], Plates]


_OURS = _Dialect(as_tensor, plates_in)
_POSE = _Dialect(_as_rgb_tensor, pose_plates_in)
