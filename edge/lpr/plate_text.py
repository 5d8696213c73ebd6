"""Reads whole plates, of one or two rows, with our own reader (`training/reader`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from contract.plate import ALPHABET, PlateColour
from edge.frame import Image
from edge.lpr.lattice import decide
from edge.lpr.preprocess import as_tensor, straighten
from edge.lpr.runtime import Model
from edge.lpr.types import Corners, Detection, Position, Read

HEIGHT, WIDTH = 48, 128
"""Of the network's picture."""
COLUMNS = 32
"""Steps of each of the two virtual text rows."""
_OUTWARD = (0.02, 0.09, 0.18)
"""Shares of width and height added at each side. The reader knows crops with a little surrounding; further looks with
more of it save plates whose corners were found too narrow."""
_KEPT_PER_POSITION = 6
_FAINT = 0.15
"""A character whose step keeps at least so much for it is a place, even where "nothing" is likelier."""
_COLOURS = tuple(PlateColour)
_FACTS_AT_COLOUR = 3


class PlateTextReader:
    """A `Recogniser` that reads the whole plate at once."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def read(self, image: Image, detection: Detection) -> Read | None:
        """Read one detection; None when there is nothing to read."""
        looks = [self._look(image, grown(detection.corners, share)) for share in _OUTWARD]
        return max(
            (read for read in looks if read), key=lambda read: (read.fits_grammar, read.confidence), default=None
        )

    def _look(self, image: Image, corners: Corners) -> Read | None:
        output = self._model.run(as_tensor(straighten(image, corners, WIDTH, HEIGHT)))[0]
        steps, facts = output[: 2 * COLUMNS], output[2 * COLUMNS]
        upper, lower = positions_of(steps[:COLUMNS]), positions_of(steps[COLUMNS:])
        colours = facts[_FACTS_AT_COLOUR : _FACTS_AT_COLOUR + len(_COLOURS)]
        lines = 2 if lower and max(position[0][1] for position in lower) > 0.5 else 1
        return decide(tuple(upper + lower), colour=_COLOURS[int(np.argmax(colours))], lines=lines)


def grown(corners: Corners, share: float) -> Corners:
    """The quadrilateral with `share` of its width and height added at each side."""
    points = np.array(corners, np.float32)
    middle = points.mean(axis=0)
    larger = middle + (points - middle) * (1 + 2 * share)
    return tuple((float(x), float(y)) for x, y in larger)  # type: ignore[return-value]  # four in, four out


def positions_of(steps: NDArray[np.float32]) -> list[Position]:
    """The places of one text row: a run of steps that agree on a character, and faint ones between them.

    `steps` is columns × (nothing + `ALPHABET`), each a distribution.
    """
    best = steps[:, 1:].argmax(axis=1) + 1
    share = steps[np.arange(len(steps)), best]
    spoken = share > steps[:, 0]
    places: list[Position] = []
    start = 0
    while start < len(steps):
        if share[start] < _FAINT:
            start += 1
            continue
        end = start + 1
        while end < len(steps) and best[end] == best[start] and spoken[end] == spoken[start] and share[end] >= _FAINT:
            end += 1
        peak = start + int(share[start:end].argmax())
        if spoken[start] or _stands_alone(best, spoken, start, end):
            places.append(_position(steps[peak]))
        start = end
    return places


def _stands_alone(best: NDArray[np.intp], spoken: NDArray[np.bool_], start: int, end: int) -> bool:
    """Whether a faint run is more than the edge of a neighbouring character."""
    before = start == 0 or not spoken[start - 1] or best[start - 1] != best[start]
    after = end == len(best) or not spoken[end] or best[end] != best[start]
    touches = (start > 0 and spoken[start - 1]) or (end < len(best) and spoken[end])
    return before and after and not touches


def _position(step: NDArray[np.float32]) -> Position:
    order = np.argsort(-step[1:])[:_KEPT_PER_POSITION]
    return tuple((ALPHABET[i], float(step[1 + i])) for i in order)
