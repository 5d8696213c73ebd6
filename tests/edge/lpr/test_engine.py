"""Finding and reading together: what is told of a picture, whatever the two models say."""

from __future__ import annotations

import numpy as np

from contract.plate import PlateColour
from edge.frame import Image
from edge.lpr.engine import PlateReader
from edge.lpr.lattice import decide
from edge.lpr.preprocess import box_of
from edge.lpr.settings import LprSettings
from edge.lpr.types import Box, Corners, Detection, Read

_PICTURE: Image = np.full((200, 400, 3), 90, np.uint8)


def _found(x: float, sure: float) -> Detection:
    corners: Corners = ((x, 50.0), (x + 80, 50.0), (x + 80, 75.0), (x, 75.0))
    return Detection(box_of(corners), corners, sure)


class _Detector:
    def __init__(self, *found: Detection) -> None:
        self.found = list(found)

    def detect(self, image: Image, *, side_px: int) -> list[Detection]:
        return self.found


class _Recogniser:
    """Reads what stands at a place of the picture."""

    def __init__(self, texts: dict[float, str]) -> None:
        self.texts = texts

    def read(self, image: Image, detection: Detection) -> Read | None:
        text = self.texts.get(detection.box.x1)
        lattice = tuple(((character, 0.97), ("X", 0.01)) for character in text or "")
        return decide(lattice, colour=PlateColour.UNKNOWN, lines=1)


def _reader(detector: _Detector, texts: dict[float, str]) -> PlateReader:
    return PlateReader(detector, _Recogniser(texts), LprSettings(), {})


def test_a_plate_that_cannot_be_read_is_told_if_it_surely_is_one() -> None:
    """A sure find without a text is an unread plate; an unsure one, or one that says no plate's text, is nothing."""
    detector = _Detector(_found(20, 0.99), _found(150, 0.95), _found(280, 0.5))
    seen = _reader(detector, {20: "12C34567"}).read_picture(_PICTURE)
    assert [read.text for _, read in seen.plates] == ["12C34567"]
    assert [detection.box.x1 for detection in seen.unread] == [150]


def test_places_inside_a_part_are_told_in_the_whole_pictures_pixels() -> None:
    """Read or unread, a plate of a part stands where it stands in the picture."""
    detector = _Detector(_found(20, 0.99), _found(150, 0.95))
    seen = _reader(detector, {20: "12C34567"}).read_part(_PICTURE, Box(100, 10, 400, 200), side_px=320)
    ((plate, _),) = seen.plates
    assert (plate.box.x1, plate.box.y1) == (120, 60)
    assert (seen.unread[0].box.x1, seen.unread[0].box.y1) == (250, 60)


def test_of_overlapping_finds_one_plate_is_told() -> None:
    """Two finds of one plate are one plate, and neither is left over as unread."""
    detector = _Detector(_found(20, 0.99), _found(24, 0.95))
    seen = _reader(detector, {20: "12C34567", 24: "12C34567"}).read_picture(_PICTURE)
    assert [read.text for _, read in seen.plates] == ["12C34567"]
    assert seen.unread == ()


def test_a_crop_that_shows_more_than_the_plate_is_read_at_the_plate() -> None:
    """What the picture as a whole seems to say does not weigh where a readable plate is but a part of it."""
    seen = _reader(_Detector(_found(20, 0.99)), {0: "98H12345", 20: "12C34567"}).read_crop(_PICTURE[:50, :120])
    ((_, read),) = seen.plates
    assert read.text == "12C34567"
    assert read.confidence > 0.7


def test_a_crop_in_which_nothing_readable_is_found_is_read_as_a_whole() -> None:
    """A find that says nothing does not hide what the whole picture says."""
    seen = _reader(_Detector(_found(20, 0.99)), {0: "98H12345"}).read_crop(_PICTURE[:50, :120])
    assert [read.text for _, read in seen.plates] == ["98H12345"]
