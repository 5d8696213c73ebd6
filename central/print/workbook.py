"""XLSX workbooks: written so that an office can work with them, read whatever an office did to them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from contract.errors import SmartGateError

CellValue = str | int | float | bool | date | datetime | None
MAX_BYTES: Final = 10_000_000
MAX_UNPACKED_BYTES: Final = 200_000_000
MAX_ROWS: Final = 20_000
"""Rows with something in them that are read of one sheet."""
_MAX_EMPTY_ROWS: Final = 1_100_000
_MAX_COLUMNS: Final = 200
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""Media type of a workbook."""


class WorkbookError(SmartGateError, ValueError):
    """A file is no workbook that can be read; the message says what was expected, `code` names it for the catalogue."""

    def __init__(self, code: str, message: str, **values: str) -> None:
        super().__init__(message)
        self.code = code
        self.values = values


class Format(StrEnum):
    """How the cells of a column are shown."""

    TEXT = "@"
    """Also what looks like a number: leading zeros stay."""
    DAY = "dd/mm/yyyy"
    AMOUNT = "#,##0"
    NUMBER = "0.0"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: its header, how its cells are shown, its width in characters, and what may stand in it."""

    header: str
    format: Format = Format.TEXT
    width: int = 18
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: columns, and rows as long as there are columns. `above` are lines that stand over the header."""

    title: str
    columns: tuple[SheetColumn, ...]
    rows: Sequence[Sequence[CellValue]]
    above: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row that was read, with its number as the spreadsheet shows it."""

    number: int
    cells: tuple[CellValue, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet that was read: the rows that hold something."""

    title: str
    rows: tuple[GridRow, ...]


def write_workbook(sheets: Iterable[Sheet]) -> bytes:
    """A workbook with these sheets: header fixed, filters on, days as days, texts as texts."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet in sheets:
        _write(workbook.create_sheet(sheet.title), sheet)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def read_workbook(content: bytes) -> tuple[Grid, ...]:
    """All sheets of a workbook; of formulas what they gave last.

    Raises:
        WorkbookError: it is no XLSX file, is damaged, or is larger than a register can be.

    """
    _refuse_oversized(content)
    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return tuple(Grid(sheet.title, tuple(_rows(sheet))) for sheet in workbook.worksheets)
    except WorkbookError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged file makes it stumble over
        raise WorkbookError("damaged", f"expected a sound XLSX file, reading it failed: {error}") from error


def column_letter(number: int) -> str:
    """Name of a column, counted from 0."""
    return str(get_column_letter(number + 1))


def _refuse_oversized(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise WorkbookError(
            "too_large", f"expected an XLSX file of at most {MAX_BYTES // 1_000_000} MB, got {len(content)} bytes"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile as error:
        raise WorkbookError("no_xlsx", "expected an XLSX file (save old .xls or .csv files as .xlsx)") from error
    if size > MAX_UNPACKED_BYTES:
        raise WorkbookError("too_large", f"expected a workbook of at most {MAX_UNPACKED_BYTES} bytes unpacked")


def _rows(sheet: Any) -> Iterable[GridRow]:  # noqa: ANN401 - a sheet opened to be read is typed as another class
    sheet.reset_dimensions()  # what the file says of its size is often wrong
    kept = 0
    every = islice(sheet.iter_rows(values_only=True), _MAX_EMPTY_ROWS)
    for number, row in enumerate(every, start=1):
        cells = _without_blank_end(row[:_MAX_COLUMNS])
        if not cells:
            continue
        kept += 1
        if kept > MAX_ROWS:
            raise WorkbookError("too_large", f"expected at most {MAX_ROWS} rows in the sheet {sheet.title!r}")
        yield GridRow(number, cells)


def _without_blank_end(row: tuple[object, ...]) -> tuple[CellValue, ...]:
    cells = [_value(cell) for cell in row]
    while cells and (cells[-1] is None or (isinstance(cells[-1], str) and not cells[-1].strip())):
        cells.pop()
    return tuple(cells)


def _value(cell: object) -> CellValue:
    return cell if cell is None or isinstance(cell, str | int | float | date | datetime) else str(cell)


_PLAIN: Final = Font(name="Arial", size=10)
_BOLD: Final = Font(name="Arial", size=10, bold=True)
_WRAPPED: Final = Alignment(vertical="top", wrap_text=True)
_ALONE: Final = Alignment(vertical="top")
_HEAD: Final = PatternFill("solid", fgColor="FFDCE6F1")
_SIDE: Final = Side(style="thin", color="FFB0B7C0")
_LINE: Final = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)


def _write(sheet: Worksheet, content: Sheet) -> None:
    for number, line in enumerate(content.above, start=1):
        _fill(sheet.cell(number, 1), line, Format.TEXT, bold=True, wrap=False)
    head = len(content.above) + 1
    last = head + max(len(content.rows), 1)
    for number, column in enumerate(content.columns, start=1):
        letter = column_letter(number - 1)
        sheet.column_dimensions[letter].width = column.width
        cell = sheet.cell(head, number)
        _fill(cell, column.header, Format.TEXT, bold=True)
        cell.fill, cell.border = _HEAD, _LINE
        if column.choices:
            offered = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
            offered.add(f"{letter}{head + 1}:{letter}{last + 1000}")
            sheet.add_data_validation(offered)
    for row_number, row in enumerate(content.rows, start=head + 1):
        for number, (value, column) in enumerate(zip(row, content.columns, strict=True), start=1):
            _fill(sheet.cell(row_number, number), value, column.format)
    sheet.freeze_panes = f"A{head + 1}"
    sheet.auto_filter.ref = f"A{head}:{column_letter(len(content.columns) - 1)}{last}"


def _fill(cell: Any, value: CellValue, shown: Format, *, bold: bool = False, wrap: bool = True) -> None:  # noqa: ANN401 - two classes of cells share no type
    cell.value = None if value == "" else value
    if isinstance(value, str) and value:
        cell.data_type = "s"  # a text that begins with = is no formula of ours
    cell.number_format = (Format.DAY if isinstance(value, date) else shown).value
    cell.font = _BOLD if bold else _PLAIN
    cell.alignment = _WRAPPED if wrap else _ALONE
