"""Two plates found as one."""

from __future__ import annotations

import numpy as np

from contract.plate import PlateColour
from edge.frame import Image
from edge.lpr.lattice import decide
from edge.lpr.pairs import read_with_parts
from edge.lpr.preprocess import box_of
from edge.lpr.types import Corners, Detection, Read

_PICTURE: Image = np.full((200, 400, 3), 90, np.uint8)


def _found(height: float) -> Detection:
    corners: Corners = ((20.0, 50.0), (120.0, 50.0), (120.0, 50.0 + height), (20.0, 50.0 + height))
    return Detection(box_of(corners), corners, 0.99)


class _Recogniser:
    """Reads by the upper edge of what it is shown, so surely per character."""

    def __init__(self, texts: dict[float, str], sure: float = 0.999) -> None:
        self.texts, self.sure, self.looks = texts, sure, 0

    def read(self, image: Image, detection: Detection) -> Read | None:
        self.looks += 1
        text = self.texts.get(round(detection.box.y1), "")
        lattice = tuple(((character, self.sure), ("X", 1 - self.sure)) for character in text)
        return decide(lattice, colour=PlateColour.UNKNOWN, lines=1)


def test_the_lower_of_two_plates_is_read_where_the_whole_says_nothing() -> None:
    """A lorry of Hong Kong: the plate of Guangdong is told, at its own place."""
    place, read = read_with_parts(_Recogniser({50: "SN64", 112: "粤Z1234港"}), _PICTURE, _found(100))
    assert read is not None
    assert read.text == "粤Z1234港"
    assert place.box.y1 == 112


def test_a_plate_that_can_be_read_is_looked_at_once() -> None:
    """Two rows that are one plate stay one."""
    recogniser = _Recogniser({50: "12C34567", 96: "粤Z1234港"})
    place, read = read_with_parts(recogniser, _PICTURE, _found(100))
    assert read is not None
    assert (read.text, place.box.y1, recogniser.looks) == ("12C34567", 50, 1)


def test_low_plates_have_no_parts() -> None:
    """What is as low as a plate of one row is not a pair."""
    recogniser = _Recogniser({})
    assert read_with_parts(recogniser, _PICTURE, _found(25)) == (_found(25), None)
    assert recogniser.looks == 1


def test_a_part_must_be_surely_a_plate() -> None:
    """A doubtful part leaves the whole as it was."""
    place, read = read_with_parts(_Recogniser({50: "SN64", 112: "粤Z1234港"}, sure=0.9), _PICTURE, _found(100))
    assert read is None or not read.fits_grammar
    assert place.box.y1 == 50
