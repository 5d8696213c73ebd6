"""Reads the rows of a plate with a text-line model (CTC) and joins them to a lattice of plate characters."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from contract.plate import ALPHABET, CN_PROVINCES
from edge.frame import Image
from edge.lpr.colour import plate_colour
from edge.lpr.lattice import decide
from edge.lpr.preprocess import as_tensor, corners_of, rectify, size_of
from edge.lpr.runtime import Model
from edge.lpr.types import Box, Corners, Detection, Position, Read

_ROW_HEIGHT = 48
_MAX_ROW_WIDTH = 480
_SEPARATORS = frozenset(" .-·•_:,'`~—–")
_KEPT_PER_POSITION = 6
_TWO_ROW_ASPECT = 2.35
"""Width over height below which a plate has two rows: between two-row (2.0) and one-row Chinese (3.1) plates."""


class RowReader:
    """A `Recogniser` that reads text rows; rows that are not known are cut out of the plate."""

    def __init__(self, model: Model) -> None:
        self._model = model
        characters = ["", *model.metadata("character").splitlines(), " "]
        self._plate_places = np.array([characters.index(c) for c in ALPHABET if c in characters])
        self._plate_characters = [c for c in ALPHABET if c in characters]
        self._characters = characters

    def read(self, image: Image, detection: Detection) -> Read | None:
        """Read one detection; None when there is nothing to read."""
        best: Read | None = None
        for rows in self._possible_rows(detection):
            lattice = tuple(position for row in rows for position in self._row(image, row))
            width, height = size_of(detection.corners)
            crop = rectify(image, detection.corners, max(8, min(320, round(width))), max(8, min(160, round(height))))
            read = decide(lattice, colour=plate_colour(crop), lines=len(rows))
            if read and (best is None or (read.fits_grammar, read.confidence) > (best.fits_grammar, best.confidence)):
                best = read
        return best

    def _possible_rows(self, detection: Detection) -> list[tuple[Corners, ...]]:
        if detection.rows:
            return [detection.rows]
        width, height = size_of(detection.corners)
        whole = (detection.corners,)
        if width / height >= _TWO_ROW_ASPECT:
            return [whole]
        return [_halves(detection.corners, share) for share in (0.47, 0.40)]

    def _row(self, image: Image, corners: Corners) -> list[Position]:
        width, height = size_of(corners)
        scaled = int(min(_MAX_ROW_WIDTH, max(_ROW_HEIGHT, round(_ROW_HEIGHT * width / max(height, 1.0)))))
        straight = rectify(image, corners, scaled, _ROW_HEIGHT)
        padded = cv2.copyMakeBorder(straight, 0, 0, 4, 12, cv2.BORDER_REPLICATE)
        return self._positions(self._model.run(as_tensor(np.asarray(padded, dtype=np.uint8)))[0])

    def _positions(self, probabilities: NDArray[np.float32]) -> list[Position]:
        """Greedy CTC path; each emitted character keeps its runners-up among the plate characters."""
        best = probabilities.argmax(axis=1)
        positions: list[Position] = []
        previous = 0
        for step, place in enumerate(best):
            if place not in (0, previous) and self._characters[place] not in _SEPARATORS:
                positions.append(self._position(probabilities[step]))
            previous = int(place)
        return positions

    def _position(self, row: NDArray[np.float32]) -> Position:
        among = row[self._plate_places].copy()
        for lower in "abcdefghijklmnopqrstuvwxyz":
            among[self._plate_characters.index(lower.upper())] += row[self._characters.index(lower)]
        order = np.argsort(-among)[:_KEPT_PER_POSITION]
        return tuple((self._plate_characters[i], float(min(1.0, among[i]))) for i in order)


def _halves(corners: Corners, share: float) -> tuple[Corners, Corners]:
    """Upper and lower row of a two-row plate, cut at `share` of its height, with a little overlap."""
    (left_top, right_top, right_bottom, left_bottom) = (np.array(point) for point in corners)

    def between(start: NDArray[np.float64], end: NDArray[np.float64], part: float) -> tuple[float, float]:
        point = start + (end - start) * part
        return float(point[0]), float(point[1])

    low, high = share - 0.02, share + 0.03
    upper: Corners = (
        corners[0],
        corners[1],
        between(right_top, right_bottom, high),
        between(left_top, left_bottom, high),
    )
    lower: Corners = (
        between(left_top, left_bottom, low),
        between(right_top, right_bottom, low),
        corners[2],
        corners[3],
    )
    return upper, lower


def whole_picture(image: Image) -> Detection:
    """A picture that is a plate crop, as a detection."""
    height, width = image.shape[:2]
    box = Box(0, 0, width - 1, height - 1)
    return Detection(box, corners_of(box), 1.0)


def starts_with_province(text: str) -> bool:
    """Whether a text begins as Chinese plates do."""
    return text[:1] in CN_PROVINCES
