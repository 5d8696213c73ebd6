"""Where the characters of a plate stand."""

from __future__ import annotations

import pytest

from contract.plate import PlateCountry, PlateKind
from rendering.layout import Style, layout_of


def test_a_military_plate_in_two_rows_is_nearly_square() -> None:
    """Its four digits fill the lower row, the two letters stand above their middle."""
    layout = layout_of("KP4298", PlateCountry.VN, PlateKind.VN_MILITARY, 2, Style())
    assert layout.width_mm / layout.height_mm == pytest.approx(1.4)
    upper, lower = layout.cells[:2], layout.cells[2:]
    assert lower[-1].x + lower[-1].width - lower[0].x > 0.85 * layout.width_mm
    assert (upper[0].x + upper[1].x + upper[1].width) / 2 == pytest.approx(layout.width_mm / 2)


def test_four_digits_of_an_old_motorcycle_plate_spread_over_the_row() -> None:
    """They stand farther apart than five do."""
    four, five = (layout_of(t, PlateCountry.VN, PlateKind.VN_MOTORCYCLE, 2, Style()) for t in ("59A14832", "59A148325"))
    assert four.cells[5].x - four.cells[4].x > five.cells[5].x - five.cells[4].x + 5


def test_a_dot_stands_closer_than_a_character() -> None:
    """The space beside a dot is smaller than between two digits."""
    layout = layout_of("29C12345", PlateCountry.VN, PlateKind.VN_CIVIL, 2, Style())
    dot, before, digits = layout.marks[0], layout.cells[5], layout.cells[3:5]
    assert dot.x - (before.x + before.width) < digits[1].x - (digits[0].x + digits[0].width)
