"""Two readers are better than one where the first is in doubt: they err in different ways."""

from __future__ import annotations

from dataclasses import replace

from contract.plate import CN_UNREAD_PROVINCE
from edge.frame import Image
from edge.lpr.preprocess import widened
from edge.lpr.types import Detection, Read, Recogniser
from edge.lpr.vote import vote

_DOUBTFUL_BELOW = 0.6
_WIDER = 0.1
"""Share of the height that a text row is cut wider at both ends for the second reader, which knows whole plates."""


class SecondOpinion:
    """A `Recogniser` that asks a second one when the first is in doubt, and takes what both together make likeliest."""

    def __init__(self, first: Recogniser, second: Recogniser) -> None:
        self._first = first
        self._second = second

    def read(self, image: Image, detection: Detection) -> Read | None:
        """Read one detection; None when neither reads anything."""
        first = self._first.read(image, detection)
        if first is not None and not _doubtful(first):
            return first
        second = self._second.read(image, replace(detection, corners=widened(detection.corners, _WIDER)))
        looks = [read for read in (first, second) if read is not None]
        return max([*looks, *_together(looks)], key=_believable, default=None)


def _doubtful(read: Read) -> bool:
    unsure = read.confidence < _DOUBTFUL_BELOW or CN_UNREAD_PROVINCE in read.text
    return unsure or not read.fits_grammar


def _believable(read: Read) -> tuple[bool, float]:
    return read.fits_grammar, read.confidence


def _together(looks: list[Read]) -> list[Read]:
    """One read made of two that are equally long."""
    if len({(len(read.text), read.country) for read in looks}) != 1 or len(looks) < 2:
        return []
    fused = vote(looks)
    return [fused] if fused else []
