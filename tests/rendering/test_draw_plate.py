"""Drawing plates."""

from __future__ import annotations

import random

import numpy as np
import pytest

from contract.plate import PlateColour, PlateCountry, PlateKind, normalise, random_plate
from rendering.fonts import FontsMissingError, product_faces
from rendering.plate import design_for, draw_plate

try:
    product_faces()
    _HAS_FONTS = True
except FontsMissingError:
    _HAS_FONTS = False
needs_fonts = pytest.mark.skipif(not _HAS_FONTS, reason="the font packages are not installed (make assets)")
_KINDS = [kind for kind in PlateKind if kind is not PlateKind.OTHER]


@needs_fonts
@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("lines", [1, 2])
def test_every_class_shows_its_characters_in_reading_order(kind: PlateKind, lines: int) -> None:
    """The character boxes spell the text, and lie inside the picture."""
    text = random_plate(random.Random(7), kind)
    plate = draw_plate(design_for(text, PlateColour.WHITE, lines), height_px=64, rng=random.Random(3))
    height, width = plate.image.shape[:2]
    assert "".join(character for character, _ in plate.char_boxes) == text
    assert all(-6 <= x <= width + 6 and -4 <= y <= height + 4 for _, quad in plate.char_boxes for x, y in quad)


@needs_fonts
def test_a_plate_without_a_seed_is_always_the_same() -> None:
    """Two drawings of one design are equal, and the height is the one asked for."""
    design = design_for("12C34567", PlateColour.YELLOW, 2)
    first, second = draw_plate(design, height_px=80), draw_plate(design, height_px=80)
    assert np.array_equal(first.image, second.image)
    assert first.image.shape[:2] == (80, 160)


@needs_fonts
def test_rows_of_a_two_row_plate_lie_one_above_the_other() -> None:
    """Province and agency stand above the serial on a Chinese two-row plate."""
    plate = draw_plate(design_for("桂F1234挂", PlateColour.YELLOW, 2), height_px=100)
    middles = [(quad[0][1] + quad[2][1]) / 2 for _, quad in plate.char_boxes]
    assert max(middles[:2]) < 50 < min(middles[2:])


def test_a_text_of_no_class_still_has_a_design() -> None:
    """Unknown texts are of no country rather than an error."""
    assert design_for("XX", PlateColour.WHITE, 1).country is PlateCountry.OTHER
    assert design_for(normalise("粤B·12345"), PlateColour.YELLOW, 2).kind is PlateKind.CN_ORDINARY


def test_three_lines_are_refused() -> None:
    """The number of lines is checked."""
    with pytest.raises(ValueError, match="1 or 2 lines"):
        design_for("12C34567", PlateColour.WHITE, 3)
