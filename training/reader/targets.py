"""What the reader learns to say: characters over two virtual text rows, and facts about the plate.

The network gives `STEPS` = 2 × `COLUMNS` distributions: the upper text row from left to right, then the lower one.
A plate of one row uses the first half only. Class 0 is "nothing" (CTC blank), class i is `ALPHABET[i - 1]`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.plate import ALPHABET, PlateColour, PlateCountry

HEIGHT, WIDTH = 64, 160
COLUMNS = 40
STEPS = 2 * COLUMNS
CLASSES = len(ALPHABET) + 1
MAX_TEXT = 10
IGNORED = -1
COUNTRIES = (PlateCountry.VN, PlateCountry.CN, PlateCountry.OTHER)
COLOURS = tuple(PlateColour)
_INDEX = {character: place for place, character in enumerate(ALPHABET, start=1)}
_CORE_SHARE, _EDGE_SHARE = 0.3, 0.6


@dataclass(slots=True, eq=False)
class Sample:
    """One picture for the reader (64 × 160, BGR) and what it should answer. -1 where not known."""

    image: NDArray[np.uint8]
    text: str
    frames: NDArray[np.int8]
    country: int
    colour: int
    lines: int
    legible: int


def encode(text: str) -> NDArray[np.int8]:
    """The classes of a text, padded with 0 to `MAX_TEXT`."""
    codes = [_INDEX[character] for character in text[:MAX_TEXT]]
    return np.array(codes + [0] * (MAX_TEXT - len(codes)), np.int8)


def decode(classes: NDArray[np.integer]) -> str:
    """The text of a greedy path: repeats joined, blanks dropped. The two rows are separate paths."""
    text = []
    for half in (classes[:COLUMNS], classes[COLUMNS:]):
        previous = 0
        for value in half:
            if value not in (0, previous):
                text.append(ALPHABET[value - 1])
            previous = value
    return "".join(text)


def frames_of(characters: list[tuple[str, float, float, int]]) -> NDArray[np.int8]:
    """Per-step classes from characters as (character, centre x, width, row), in pixels of the reader's picture.

    Steps in the middle of a character are its class, steps between characters are blank, the rest is ignored.
    """
    frames = np.zeros(STEPS, np.int8)
    centres = (np.arange(COLUMNS) + 0.5) * (WIDTH / COLUMNS)
    for character, x, width, row in characters:
        away = np.abs(centres - x) / max(width, 1.0)
        part = frames[row * COLUMNS : (row + 1) * COLUMNS]
        edge = (away > _CORE_SHARE) & (away < _EDGE_SHARE) & (part == 0)
        part[edge] = IGNORED
        core = away <= _CORE_SHARE
        if not core.any() and away.min() < _EDGE_SHARE:
            core[away.argmin()] = True
        part[core] = _INDEX[character]
    return frames


def parted(frames: NDArray[np.int8]) -> NDArray[np.int8]:
    """Frames (samples × steps) in which two equal characters side by side have "nothing" between them.

    Where the steps between them are left open, nets learn late that a repeated character needs the gap.
    """
    frames = frames.copy()
    for row in frames.reshape(-1, COLUMNS):  # a view: the rows of text
        last, last_at = 0, -1
        for step in np.flatnonzero(row > 0):
            if row[step] == last and step - last_at > 1 and (row[last_at + 1 : step] == IGNORED).all():
                row[(last_at + 1 + step) // 2] = 0
            last, last_at = row[step], step
    return frames


def unknown_frames() -> NDArray[np.int8]:
    """For real crops, whose character places nobody marked."""
    return np.full(STEPS, IGNORED, np.int8)
