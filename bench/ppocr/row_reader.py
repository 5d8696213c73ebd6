"""Reads the rows of a plate with a text-line model (CTC) and joins them to a lattice of plate characters."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.ppocr.colour import plate_colour
from bench.ppocr.package import PackagedModel
from bench.ppocr.rows import RowsDetection
from contract.plate import ALPHABET, CN_PROVINCES, CN_UNREAD_PROVINCE
from edge.frame import Image
from edge.lpr.lattice import decide
from edge.lpr.preprocess import as_tensor, rectify, size_of, straighten
from edge.lpr.types import Corners, Detection, Position, Read

_ROW_HEIGHT = 48
_MAX_ROW_WIDTH = 480
_SEPARATORS = frozenset(" .-·•_:,'`~—–")
_KEPT_PER_POSITION = 6
_TWO_ROW_ASPECT = 2.35
"""Width over height below which a plate has two rows: between two-row (2.0) and one-row Chinese (3.1) plates."""
_PROVINCE_DOUBT = 0.01
"""The reader often sees nothing where a province character stands (a narrow, dense character). Of such places, one with
this much of a province in it named the right one in about half of the pictures that we measured."""
_PROVINCE_HIDDEN = 0.1
"""How readily a province character is taken to stand before the first character that was read …"""
_PROVINCE_MISTAKEN = 0.3
"""… or to be what a doubtful first character really is."""
_SECOND_LOOK_BELOW = 0.6
_WIDER = 0.15
_SECOND_LOOK_PLACES = range(5, 11)


class RowReader:
    """A `Recogniser` that reads text rows; rows that are not known are cut out of the plate."""

    def __init__(self, model: PackagedModel) -> None:
        self._model = model
        characters = ["", *model.characters()]
        self._plate_places = np.array([characters.index(c) for c in ALPHABET if c in characters])
        self._plate_characters = [c for c in ALPHABET if c in characters]
        self._province_places = np.array([characters.index(c) for c in CN_PROVINCES])
        self._characters = characters

    def read(self, image: Image, detection: Detection) -> Read | None:
        """Read one detection; None when there is nothing to read. Doubtful ones are looked at again, cut wider."""
        width, height = size_of(detection.corners)
        crop = rectify(image, detection.corners, max(8, min(320, round(width))), max(8, min(160, round(height))))
        colour = plate_colour(crop)
        best: Read | None = None
        for rows in self._possible_rows(detection):
            lattice = self._lattice(image, rows)
            reads = [decide(lattice, colour=colour, lines=len(rows))]
            if len(lattice) in _SECOND_LOOK_PLACES and _doubtful(reads[0]):
                wider = self._lattice(image, tuple(_widened(row, _WIDER) for row in rows))
                reads.append(decide(wider, colour=colour, lines=len(rows)))
            best = max((read for read in (best, *reads) if read), key=_believable, default=None)
        return best

    def _lattice(self, image: Image, rows: tuple[Corners, ...]) -> tuple[Position, ...]:
        first, *others = (self._probabilities(image, row) for row in rows)
        lattice = self._with_province(self._positions(first), first)
        return tuple(lattice + [position for row in others for position in self._positions(row)])

    def _possible_rows(self, detection: Detection) -> list[tuple[Corners, ...]]:
        if isinstance(detection, RowsDetection):
            return [detection.rows]
        width, height = size_of(detection.corners)
        whole = (detection.corners,)
        if width / height >= _TWO_ROW_ASPECT:
            return [whole]
        return [_halves(detection.corners, share) for share in (0.47, 0.40)]

    def _probabilities(self, image: Image, corners: Corners) -> NDArray[np.float32]:
        """The model's answer for one row: steps from left to right × characters."""
        width, height = size_of(corners)
        scaled = int(min(_MAX_ROW_WIDTH, max(_ROW_HEIGHT, round(_ROW_HEIGHT * width / max(height, 1.0)))))
        straight = straighten(image, corners, scaled, _ROW_HEIGHT)
        padded = cv2.copyMakeBorder(straight, 0, 0, 4, 12, cv2.BORDER_REPLICATE)
        return np.asarray(self._model.run(as_tensor(np.asarray(padded, dtype=np.uint8)))[0], dtype=np.float32)

    def _positions(self, probabilities: NDArray[np.float32]) -> list[Position]:
        """Greedy CTC path; each emitted character keeps its runners-up among the plate characters."""
        return [self._position(probabilities[step]) for step in self._steps(probabilities)]

    def _steps(self, probabilities: NDArray[np.float32]) -> list[int]:
        """Where characters begin."""
        best = probabilities.argmax(axis=1)
        before = np.concatenate([[0], best[:-1]])
        return [
            step
            for step, (place, previous) in enumerate(zip(best, before, strict=True))
            if place not in (0, previous) and self._characters[place] not in _SEPARATORS
        ]

    def _with_province(self, row: list[Position], probabilities: NDArray[np.float32]) -> list[Position]:
        """Let a Chinese province character stand before, or in place of, the first character of the plate.

        Which one is judged by what the model saw of each up to there, however faint; the rest is `CN_UNREAD_PROVINCE`.
        """
        if not row or row[0][0][0] in CN_PROVINCES:
            return row
        steps = self._steps(probabilities)
        faint = probabilities[: steps[0] + 1, self._province_places].max(axis=0)
        shares = faint / (faint.sum() + _PROVINCE_DOUBT)
        options = [(province, float(s)) for province, s in zip(CN_PROVINCES, shares, strict=True) if s > 0.01]
        options.append((CN_UNREAD_PROVINCE, float(1.0 - shares.sum())))
        hidden = [(character, share * _PROVINCE_HIDDEN) for character, share in options]
        mistaken = (1.0 - row[0][0][1]) * _PROVINCE_MISTAKEN
        first = [*row[0], *((character, share * mistaken) for character, share in options)]
        return [_ranked([("", 1.0 - _PROVINCE_HIDDEN), *hidden]), _ranked(first), *row[1:]]

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


def _widened(corners: Corners, share: float) -> Corners:
    """A quadrilateral made longer at both ends by `share` of its height."""
    width, height = size_of(corners)
    top_left, top_right, bottom_right, bottom_left = (np.array(point) for point in corners)
    top = (top_right - top_left) / max(width, 1.0) * height * share
    bottom = (bottom_right - bottom_left) / max(width, 1.0) * height * share
    moved = (top_left - top, top_right + top, bottom_right + bottom, bottom_left - bottom)
    return tuple((float(x), float(y)) for x, y in moved)  # type: ignore[return-value]  # four corners in, four out


def _believable(read: Read) -> tuple[bool, float]:
    return read.fits_grammar, read.confidence


def _doubtful(read: Read | None) -> bool:
    return read is None or not read.fits_grammar or read.confidence < _SECOND_LOOK_BELOW


def _ranked(options: list[tuple[str, float]]) -> Position:
    """Options, best first, each character once."""
    chances: dict[str, float] = {}
    for character, chance in options:
        chances[character] = max(chance, chances.get(character, 0.0))
    return tuple(sorted(chances.items(), key=lambda option: -option[1]))
