"""Reads whole plates, of one or two rows, with our own reader (`training/reader`)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from contract.plate import ALPHABET, CN_PROVINCES, CN_UNREAD_PROVINCE, PlateColour, parse
from edge.frame import Image
from edge.lpr.ctc import COLUMNS, Steps, greedy, likeliest, places_of
from edge.lpr.lattice import believed, read_of, with_same_shapes
from edge.lpr.preprocess import as_tensor, straighten
from edge.lpr.runtime import Model
from edge.lpr.types import Corners, Detection, Position, Read
from edge.lpr.vote import mixed

HEIGHT, WIDTH = 64, 160
"""Of the network's picture."""
_OUTWARD = (0.02, 0.09, -0.03)
"""Shares of width and height added at each side. The reader knows crops with a little surrounding; where it is in doubt
it looks again with more and with less of it."""
_SURE = 0.995
"""So sure must the first look be to count alone: of what is accepted, no more than 1 in 200 is to be wrong."""
_HOPELESS = 0.05
_CLEAR = 0.98
"""Where each character of the likeliest path is surer than this, no other text is worth a search."""
_KEPT_PER_POSITION = 6
_PROVINCE_DOUBT = 0.03
_PROVINCE_HIDDEN = 0.3
"""How readily a province character is taken to be hidden (by glare, dirt, the frame) where none was read."""
_PROVINCE_CLASSES = [ALPHABET.index(province) + 1 for province in CN_PROVINCES]
_COLOURS = tuple(PlateColour)
_FACTS_AT_COLOUR, _FOREIGN = 3, 2
_COLOUR_SURE = 0.7


class PlateTextReader:
    """A `Recogniser` that reads the whole plate at once."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def read(self, image: Image, detection: Detection) -> Read | None:
        """Read one detection; None when there is nothing to read. In doubt it looks several times."""
        looks: list[Read] = []
        for share in _OUTWARD:
            look = self._look(image, grown(detection.corners, share))
            if look is not None and look.confidence >= _SURE and look.fits_grammar and not looks:
                return look
            looks += [look] if look is not None else []
            if look is None or (look.confidence < _HOPELESS and not look.fits_grammar):
                break  # a lamp, a sign: no crop of it becomes a plate
        return mixed(looks)

    def _look(self, image: Image, corners: Corners) -> Read | None:
        output = self._model.run(as_tensor(straighten(image, corners, WIDTH, HEIGHT)))[0]
        steps, facts = output[: 2 * COLUMNS], output[2 * COLUMNS]
        colour = _colour(facts[_FACTS_AT_COLOUR : _FACTS_AT_COLOUR + len(_COLOURS)])
        return text_of(steps, colour, ours=1.0 - float(_shares(facts[:_FACTS_AT_COLOUR])[_FOREIGN]))


def _colour(logits: NDArray[np.float32]) -> PlateColour:
    """The background colour; unknown where the network doubts it, as under infrared light."""
    shares = _shares(logits)
    best = int(shares.argmax())
    return _COLOURS[best] if shares[best] >= _COLOUR_SURE else PlateColour.UNKNOWN


def _shares(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shares = np.exp(logits - logits.max())
    return np.asarray(shares / shares.sum(), np.float32)


def text_of(steps: Steps, colour: PlateColour, *, ours: float = 1.0) -> Read | None:
    """The most believable text of one look; None where there is nothing.

    `steps` is (2 × columns) × (nothing + `ALPHABET`), each a distribution; `ours` is the share (0–1) of plates that
    look like this one and are Vietnamese or Chinese.
    """
    classes, places = greedy(steps)
    lines = 2 if any(place >= COLUMNS for place in places) else 1
    sure = steps[places, classes]
    if classes and sure.min() > _CLEAR:
        texts = {_spelt(tuple(classes)): float(sure.prod())}
    else:
        texts = {_spelt(path): p for path, p in likeliest(steps) if path}
    if not texts:
        return None
    rest = max(0.0, 1.0 - sum(texts.values()))
    provinces = _faint_provinces(steps[: places[0] + 1] if places else steps[:COLUMNS])
    options = _with_provinces(with_same_shapes(texts), provinces, colour, lines)
    ranked = [(text, p * ours) for text, p in believed(options, colour=colour, lines=lines, rest=rest)]
    return read_of(tuple(ranked), _lattice(steps, ranked[0][0], provinces), colour=colour, lines=lines)


def _faint_provinces(before: Steps) -> Position:
    """Which province character stands where the text begins, however faint; the rest is `CN_UNREAD_PROVINCE`."""
    seen = before[:, _PROVINCE_CLASSES].max(axis=0)
    shares = seen / (seen.sum() + _PROVINCE_DOUBT)
    order = np.argsort(-shares)[:_KEPT_PER_POSITION]
    options = [(CN_PROVINCES[i], float(shares[i])) for i in order]
    return tuple(sorted([*options, (CN_UNREAD_PROVINCE, float(1.0 - shares.sum()))], key=lambda option: -option[1]))


def _with_provinces(texts: dict[str, float], provinces: Position, colour: PlateColour, lines: int) -> dict[str, float]:
    """Let a province character that was hardly seen stand before what only a Chinese plate can be."""
    options = dict(texts)
    for text, probability in texts.items():
        if text[0] in CN_PROVINCES or not parse(CN_UNREAD_PROVINCE + text, colour=colour, lines=lines):
            continue
        for province, share in provinces:
            whole = province + text
            options[whole] = options.get(whole, 0.0) + probability * share * _PROVINCE_HIDDEN
    return options


def _lattice(steps: Steps, text: str, provinces: Position) -> tuple[Position, ...]:
    path = tuple(ALPHABET.index(character) + 1 for character in text.removeprefix(CN_UNREAD_PROVINCE))
    read = tuple(_position(steps[place]) for place in places_of(steps, path))
    return (provinces, *read) if text.startswith(CN_UNREAD_PROVINCE) else read


def _spelt(path: tuple[int, ...]) -> str:
    return "".join(ALPHABET[i - 1] for i in path)


def grown(corners: Corners, share: float) -> Corners:
    """The quadrilateral with `share` of its width and height added at each side."""
    points = np.array(corners, np.float32)
    middle = points.mean(axis=0)
    larger = middle + (points - middle) * (1 + 2 * share)
    return tuple((float(x), float(y)) for x, y in larger)  # type: ignore[return-value]  # four in, four out


def _position(step: NDArray[np.float32]) -> Position:
    order = np.argsort(-step[1:])[:_KEPT_PER_POSITION]
    return tuple((ALPHABET[i], float(step[1 + i])) for i in order)
