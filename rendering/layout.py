"""Where the characters of a plate stand, in millimetres of the real plate."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise

from contract.plate import CN_ARMED_POLICE_MARK, PlateCountry, PlateKind, parse

_LEADING_DIGITS = 2
_VN_CHARACTER_WIDTH, _MOTORCYCLE_CHARACTER_WIDTH = 0.56, 0.49
"""In heights; like the gaps below, measured on plates seen on roads."""
_GAP_AT_DOT = 0.6
"""The space on either side of a dot, in usual gaps."""


@dataclass(frozen=True, slots=True)
class Style:
    """What differs between makers of plates; the defaults are the measures of the rules."""

    character_scale: float = 1.0
    gap_scale: float = 1.0
    shift_mm: float = 0.0
    weight: int = 0
    natural_width: bool = False
    dash: bool = True
    dot: bool = True
    border: bool = True
    old_size: bool = False

    @classmethod
    def varied(cls, rng: random.Random) -> Style:
        """One maker's habits."""
        return cls(
            character_scale=rng.uniform(0.9, 1.12),
            gap_scale=rng.uniform(0.55, 1.35),
            shift_mm=rng.uniform(-6, 6),
            weight=rng.choice((-5, -3, -3, 0, 0, 0, 3, 5, 7)),
            natural_width=rng.random() < 0.3,
            dash=rng.random() < 0.85,
            dot=rng.random() < 0.85,
            border=rng.random() < 0.85,
            old_size=rng.random() < 0.3,
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One character and its place in mm."""

    character: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot or a dash and its place in mm."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A plate's size and what stands where, in mm."""

    width_mm: float
    height_mm: float
    cells: tuple[Cell, ...]
    marks: tuple[Mark, ...]
    corner_mm: float = 10.0
    border_mm: float = 3.0
    border_inset_mm: float = 0.0
    block_mm: float = 0.0
    """Width of the yellow part of a large new-energy plate."""


def layout_of(text: str, country: PlateCountry, kind: PlateKind, lines: int, style: Style) -> Layout:
    """The layout of a plate. A text that no class has is laid out like a Vietnamese civil plate."""
    if kind is PlateKind.CN_OTHER and lines == 1:
        return _armed_police(text, style)
    if country is PlateCountry.CN:
        return _cn_two_rows(text, style) if lines == 2 else _cn_one_row(text, kind, style)
    return _vn_two_rows(text, kind, style) if lines == 2 else _vn_one_row(text, kind, style)


def vn_rows(text: str, kind: PlateKind) -> tuple[str, str]:
    """Upper and lower row of a Vietnamese plate with its dashes and dots: `29C`, `123.45`."""
    if kind is PlateKind.VN_MILITARY:
        return text[:2], f"{text[2:4]}-{text[4:]}"
    if kind is PlateKind.VN_DIPLOMATIC:
        middle = 4 if text[2].isalpha() else 5
        return f"{text[:2]}-{text[2:middle]}", f"{text[middle:-2]}-{text[-2:]}"
    plates = [plate for plate in parse(text) if plate.kind is kind] or list(parse(text))
    serial = plates[0].serial if plates else text[-min(5, max(1, len(text) - 3)) :]
    head = text[: len(text) - len(serial)]
    if kind is PlateKind.VN_MOTORCYCLE:
        head = f"{head[:_LEADING_DIGITS]}-{head[_LEADING_DIGITS:]}"
    return head, f"{serial[:3]}.{serial[3:]}" if len(serial) == 5 else serial


def _vn_one_row(text: str, kind: PlateKind, style: Style) -> Layout:
    width = 470.0 if style.old_size else 520.0
    head, serial = vn_rows(text, kind)
    if kind is PlateKind.VN_MOTORCYCLE:
        head = head.replace("-", "")
    row = f"{head}-{serial}"
    height = 72 * style.character_scale
    gap = (14 if kind is PlateKind.VN_MILITARY else 10) * style.gap_scale
    cells, marks = _row(row, width, (110 - height) / 2, height, gap=gap, style=style)
    return Layout(width, 110, cells, marks, border_mm=3.0 if style.border else 0.0)


def _vn_two_rows(text: str, kind: PlateKind, style: Style) -> Layout:
    upper, lower = vn_rows(text, kind)
    wide = _VN_CHARACTER_WIDTH
    if kind is PlateKind.VN_MOTORCYCLE:
        width, height, character, gap = 190.0, 140.0, 54.0, 7.0
        wide = _MOTORCYCLE_CHARACTER_WIDTH
    elif kind is PlateKind.VN_MILITARY:
        width, height, character, gap = 280.0, 200.0, 78.0, 15.0
    elif style.old_size:
        width, height, character, gap = 280.0, 200.0, 78.0, 9.0
    else:
        width, height, character, gap = 330.0, 165.0, 68.0, 10.0
    character *= style.character_scale
    between = max(4.0, (height - 2 * character) / 3)
    gap *= style.gap_scale
    lower_gap = gap * 2.4 if kind is PlateKind.VN_MOTORCYCLE and len(lower) == 4 else gap  # four fill the row too
    first = _row(upper, width, between, character, gap=gap, style=style, wide=wide)
    second = _row(lower, width, 2 * between + character, character, gap=lower_gap, style=style, wide=wide)
    border = width * 0.008 + 1 if style.border else 0.0
    return Layout(width, height, first[0] + second[0], first[1] + second[1], border_mm=border)


def _row(
    row: str,
    plate_width: float,
    y: float,
    height: float,
    *,
    gap: float,
    style: Style,
    wide: float = _VN_CHARACTER_WIDTH,
) -> tuple[tuple[Cell, ...], tuple[Mark, ...]]:
    """Characters, dashes and dots of one row, centred; squeezed where they would not fit."""
    widths = [_advance(character, wide * height, style) for character in row]
    gaps = [gap * (_GAP_AT_DOT if "." in pair else 1.0) for pair in pairwise(row)] + [0.0]
    total = sum(widths) + sum(gaps)
    squeeze = min(1.0, plate_width * 0.93 / total)
    x = (plate_width - total * squeeze) / 2 + style.shift_mm * plate_width / 520 * (1 if squeeze == 1 else 0)
    cells, marks = [], []
    for character, advance, after in zip(row, widths, gaps, strict=True):
        space = advance * squeeze
        if character == "-" and style.dash:
            marks.append(Mark(x, y + height * 0.46, space, height * 0.12))
        elif character == "." and style.dot:
            marks.append(Mark(x, y + height * 0.86, space, space))
        elif character not in "-.":
            cells.append(Cell(character, x, y, space, height))
        x += space + after * squeeze
    return tuple(cells), tuple(marks)


def _advance(character: str, width: float, style: Style) -> float:
    if character == "-":
        return width * (0.4 if style.dash else 0.15)
    if character == ".":
        return width * (0.26 if style.dot else 0.05)
    return width * (0.62 if character in "1I" and style.natural_width else 1.0)


def _cn_one_row(text: str, kind: PlateKind, style: Style) -> Layout:
    energy = kind in (PlateKind.CN_NEV_SMALL, PlateKind.CN_NEV_LARGE)
    width, cell, gap = (480.0, 43.0, 9.0) if energy else (440.0, 45.0, 12.0)
    dot_after = 4 if kind is PlateKind.CN_EMBASSY else 2
    at_dot = 34.0 if not energy else 45.0
    total = len(text) * cell + (len(text) - 2) * gap + at_dot
    squeeze = min(1.0, (width - 14) / total)
    height = 90.0 * min(1.08, style.character_scale)
    y = (140 - height) / 2
    x = (width - total * squeeze) / 2 + style.shift_mm * 0.5
    cells, marks = [], []
    for place, character in enumerate(text, start=1):
        cells.append(Cell(character, x, y, cell * squeeze, height))
        x += cell * squeeze
        if place == dot_after and style.dot:  # new-energy plates bear an emblem there
            size = 14 if energy else 10
            marks.append(Mark(x + (at_dot * squeeze - size) / 2, 70 - size / 2, size, size))
        x += (at_dot if place == dot_after else gap) * squeeze
    block = cells[1].x + cells[1].width + at_dot * 0.4 if len(cells) > 1 else 0.0
    border = 0.0 if energy or not style.border else 3.0
    return Layout(width, 140, tuple(cells), tuple(marks), border_mm=border, border_inset_mm=4.0, block_mm=block)


def _armed_police(text: str, style: Style) -> Layout:
    """WJ, a small province or the two small digits of a district under a badge, five large characters.

    Measures as seen on roads.
    """
    middle = text[2:-5]
    height = 90.0 * min(1.08, style.character_scale)
    y, small, gap = (140 - height) / 2, height * (0.55 if len(middle) == 2 else 0.7), 9.0 * style.gap_scale
    widths = [45.0, 45.0, *(small * 0.5 if sign.isdigit() else small * 0.75 for sign in middle), *5 * [45.0]]
    squeeze = min(1.0, 426 / (sum(widths) + gap * (len(widths) - 1)))
    x = (440 - (sum(widths) + gap * (len(widths) - 1)) * squeeze) / 2 + style.shift_mm * 0.3
    cells = []
    for place, (sign, width) in enumerate(zip(text, widths, strict=True)):
        of_middle = 2 <= place < 2 + len(middle)
        high = small if of_middle else height
        cells.append(Cell(sign, x, y + height - high, width * squeeze, high))
        x += (width + gap) * squeeze
    badge = Mark(cells[2].x + cells[2].width * 0.5, y, height * 0.25, height * 0.3)
    marks = (badge,) if style.dot and len(middle) == 2 else ()
    return Layout(440, 140, tuple(cells), marks, border_mm=3.0 if style.border else 0.0, border_inset_mm=4.0)


def _cn_two_rows(text: str, style: Style) -> Layout:
    scale = min(1.06, style.character_scale)
    top_y, top_height, bottom_y, bottom_height = 15.0, 60.0 * scale, 88.0, 110.0 * scale
    head = text[: 2 if text[:2] != CN_ARMED_POLICE_MARK else len(text) - 5]
    apart = 280 / len(head)
    cells = [Cell(sign, 80 + apart * (i + 0.5) - 40, top_y, min(80, apart), top_height) for i, sign in enumerate(head)]
    marks = (Mark(213, top_y + top_height / 2 - 7, 14, 14),) if style.dot else ()
    lower = text[len(head) :]
    cell, gap = 65.0, 15.0
    total = len(lower) * cell + (len(lower) - 1) * gap
    squeeze = min(1.0, 412 / total)
    x = (440 - total * squeeze) / 2 + style.shift_mm * 0.5
    for character in lower:
        cells.append(Cell(character, x, bottom_y, cell * squeeze, bottom_height))
        x += (cell + gap) * squeeze
    border = 3.5 if style.border else 0.0
    return Layout(440, 220, tuple(cells), marks, border_mm=border, border_inset_mm=4.0)
