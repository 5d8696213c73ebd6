"""How a plate is drawn on a page: rows, marks between characters, and which characters are doubtful."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from contract.messages import Candidate, PlateRead
from contract.plate import Plate, PlateColour, PlateCountry, PlateKind, format_plate, normalise, parse

SURE: Final = 0.85
"""A character held with less, and with a runner-up, is doubtful."""
RUNNER_UP: Final = 0.04
"""A runner-up less likely than this is noise."""
_HANZI_FROM: Final = 0x2E80
_USUAL: Final = (
    PlateColour.WHITE,
    PlateColour.YELLOW,
    PlateColour.YELLOW_GREEN,
    PlateColour.GREEN,
    PlateColour.BLUE,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One sign of a plate: a character, or a dot or dash between characters (`is_mark`)."""

    text: str
    is_mark: bool = False
    runner_up: str | None = None
    differs: bool = False
    """Whether it is not what the camera read in its place."""

    @property
    def is_hanzi(self) -> bool:
        """Whether it is a Chinese character."""
        return not self.is_mark and ord(self.text) >= _HANZI_FROM

    @property
    def doubtful(self) -> bool:
        """Whether it may well be another character."""
        return self.runner_up is not None


@dataclass(frozen=True, slots=True)
class PlateView:
    """A plate as the page draws it: one or two rows. `country` is None when a person typed it and nobody saw it."""

    rows: tuple[tuple[Cell, ...], ...]
    colour: PlateColour
    country: PlateCountry | None
    label: str

    @property
    def doubtful(self) -> bool:
        """Whether any character is."""
        return any(cell.doubtful for row in self.rows for cell in row)


def plate_view(read: PlateRead) -> PlateView:
    """A plate that a camera read."""
    plates = parse(read.text, colour=read.colour, lines=read.lines) or parse(read.text)
    plate = next((found for found in plates if found.kind is read.kind), next(iter(plates), None))
    rows = _rows(read.text, plate, read.lines)
    return PlateView(_cells(rows, _runners_up(read)), read.colour, read.country, format_plate(read.text))


def typed_plate(text: str, read_text: str | None = None) -> PlateView:
    """A plate that a person typed: in one row, in a colour that its class may have.

    Where it is written like `read_text`, the characters that differ are marked.
    """
    clean = normalise(text)
    plate = next(iter(parse(clean)), None)
    colours = plate.colours if plate else frozenset()
    colour = next((colour for colour in _USUAL if colour in colours), PlateColour.UNKNOWN)
    rows = _compared(_cells(_rows(clean, plate, 1), {}), read_text or "")
    return PlateView(rows, colour, None, format_plate(clean))


def _compared(rows: tuple[tuple[Cell, ...], ...], read_text: str) -> tuple[tuple[Cell, ...], ...]:
    if len(read_text) != sum(not cell.is_mark for row in rows for cell in row):
        return rows  # written in another way: places do not line up
    signs = iter(read_text)
    return tuple(
        tuple(cell if cell.is_mark else replace(cell, differs=next(signs) != cell.text) for cell in row) for row in rows
    )


def _runners_up(read: PlateRead) -> dict[int, str]:
    if len(read.lattice) != len(read.text):
        return {}  # the grammar took characters away or put some in: positions do not line up
    pairs = enumerate(zip(read.text, read.lattice, strict=True))
    return {place: other for place, (sign, options) in pairs if (other := _runner_up(sign, options))}


def _runner_up(sign: str, options: tuple[Candidate, ...]) -> str | None:
    held = next((option.confidence for option in options if option.text == sign), 0.0)
    others = [option for option in options if option.text != sign and option.confidence >= RUNNER_UP]
    return max(others, key=lambda option: option.confidence).text if others and held < SURE else None


def _cells(rows: tuple[str, ...], runners_up: dict[int, str]) -> tuple[tuple[Cell, ...], ...]:
    drawn, place = [], 0
    for row in rows:
        cells = []
        for sign in row:
            if sign in "-.·":
                cells.append(Cell(sign, is_mark=True))
            else:
                cells.append(Cell(sign, runner_up=runners_up.get(place)))
                place += 1
        drawn.append(tuple(cells))
    return tuple(drawn)


def _rows(text: str, plate: Plate | None, lines: int) -> tuple[str, ...]:
    if plate is None:
        middle = len(text) // 2
        return (text,) if lines == 1 else (text[:middle], text[middle:])
    if plate.country is PlateCountry.CN:
        if plate.kind is PlateKind.CN_EMBASSY:
            return (text,) if lines == 1 else (text[:1], text[1:])
        return (f"{text[:2]}·{text[2:]}",) if lines == 1 else (f"{text[0]}·{text[1]}", text[2:])
    head, tail = _vietnamese_rows(text, plate)
    return (f"{head.replace('-', '')}-{tail}",) if lines == 1 else (head, tail)


def _vietnamese_rows(text: str, plate: Plate) -> tuple[str, str]:
    if plate.kind is PlateKind.VN_MILITARY:
        return text[:2], f"{text[2:4]}-{text[4:]}"
    if plate.kind is PlateKind.VN_DIPLOMATIC:
        middle = 4 if text[2].isalpha() else 5
        return f"{text[:2]}-{text[2:middle]}", f"{text[middle:-2]}-{text[-2:]}"
    head = text[: len(text) - len(plate.serial)]
    if plate.kind is PlateKind.VN_MOTORCYCLE:
        head = f"{head[:2]}-{head[2:]}"
    return head, f"{plate.serial[:3]}.{plate.serial[3:]}" if len(plate.serial) == 5 else plate.serial
