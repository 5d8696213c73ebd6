"""The tables of a report, for page, paper and workbook alike: numbers in their places, without words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from central.reports.bulletin import CLEARED, Bulletin, Column, Figure, Line, Period
from central.reports.report import Report
from contract.messages import Direction

ALL_CLEARED: Final = "cleared"
"""Fruit, other goods and new vehicles together."""
CELLS: Final = (
    *(column.value for column in CLEARED),
    ALL_CLEARED,
    Column.UNKNOWN.value,
    Column.FROM_INLAND.value,
    Column.AFTER_IMPORT.value,
    Column.TURNED_BACK.value,
)
"""The columns of the Board's table, in their order; words: `cell.<cell>`."""
ALL_THROUGH: Final = "through"
"""All that went through: no column, but what came and left."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row of the Board's table.

    Attributes:
        gate: empty in the rows that sum up.
        direction: None in the row that sums up both.
        counts: cell to vehicles; None where the direction has no such number.
        doubtful: there are doubts about its numbers.

    """

    gate: str
    direction: Direction | None
    counts: Mapping[str, int | None]
    doubtful: bool


@dataclass(frozen=True, slots=True)
class StockRow:
    """What stood in the yards of a gate, came, left and stands; None where it is not known.

    Attributes:
        gate: empty in the row that sums up.
        counted: by people, in the end.

    """

    gate: str
    carried_over: int | None
    came: int
    left: int
    stock: int | None
    counted: int | None


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of a week or a month: `counts` over all gates and both directions."""

    day: date
    counts: Mapping[str, int | None]
    stock: int | None


def board_rows(report: Report) -> tuple[BoardRow, ...]:
    """Two rows a gate, then in, out and all together."""
    numbers = report.numbers
    rows = [
        BoardRow(line.gate, line.direction, _counts([line]), bool(numbers.doubts_about(line.gate, line.direction)))
        for line in numbers.lines
    ]
    for direction in (*Direction, None):
        lines = [line for line in numbers.lines if direction in (None, line.direction)]
        doubtful = any(row.doubtful and direction in (None, row.direction) for row in rows if row.gate)
        rows.append(BoardRow("", direction, _counts(lines), doubtful))
    return tuple(rows)


def figure_of(numbers: Bulletin | Period, gate: str, direction: Direction | None, cell: str) -> Figure:
    """The passages behind a cell; `gate` empty: of all gates, `direction` None: both.

    Raises:
        KeyError: there is no such cell.

    """
    lines = [line for line in numbers.lines if gate in ("", line.gate) and direction in (None, line.direction)]
    known = (*CELLS, ALL_THROUGH)
    if not lines or cell not in known:
        raise KeyError(f"expected a gate of this report and one of {', '.join(known)}, got {gate!r} and {cell!r}")
    return sum((_of_line(line, cell) or Figure() for line in lines), Figure())


def stock_rows(report: Report) -> tuple[StockRow, ...]:
    """One row a gate, and the sum where it is known of every gate."""
    last = report.days[-1].stocks
    rows = []
    for gate in report.gates:
        counted = last[gate].counted if gate in last else None
        came, left = (report.numbers.line(gate, way).through.count for way in (Direction.IN, Direction.OUT))
        rows.append(
            StockRow(
                gate,
                report.carried_over.get(gate),
                came,
                left,
                report.stocks.get(gate),
                counted.vehicles if counted is not None else None,
            )
        )
    before, after, by_people = (
        _all([getattr(row, name) for row in rows]) for name in ("carried_over", "stock", "counted")
    )
    return (*rows, StockRow("", before, sum(row.came for row in rows), sum(row.left for row in rows), after, by_people))


def day_rows(report: Report) -> Iterator[DayRow]:
    """The days of a week or a month."""
    first = report.first_day
    for number, bulletin in enumerate(report.days):
        day = date.fromordinal(first.toordinal() + number)
        yield DayRow(day, _counts(list(bulletin.lines)), bulletin.stock)


def missed_of(numbers: Bulletin | Period) -> int:
    """Vehicles that no camera could see and the platform confirmed; they are in no number."""
    return sum(len(ids) for line in numbers.lines for ids in line.missed.values())


def _counts(lines: list[Line]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for cell in CELLS:
        figures = [figure for line in lines if (figure := _of_line(line, cell)) is not None]
        found[cell] = sum(figure.count for figure in figures) if figures else None
    return found


def _of_line(line: Line, cell: str) -> Figure | None:
    sums = {ALL_CLEARED: line.cleared, ALL_THROUGH: line.through}
    return sums[cell] if cell in sums else line.figures.get(Column(cell))


def _all(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None
