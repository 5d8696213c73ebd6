"""The declarations in a file that an office exported, row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from central.platform.declaration import Declaration
from central.platform.faults import Fault, MisfitError
from central.platform.intake import Item
from central.platform.mapping import MEANS, MappingSettings, Translator, said_by
from central.platform.tables import Column, Table, read_tables


@dataclass(frozen=True, slots=True)
class RowFault:
    """Something wrong in a row; `column` is a letter, empty where a column is lacking or the whole row is meant."""

    sheet: str
    row: int
    column: str
    header: str
    fault: Fault

    def __str__(self) -> str:
        place = f"row {self.row}"
        if self.sheet:
            place = f"sheet {self.sheet!r}, {place}"
        if self.column:
            place += f", column {self.column} {self.header!r}"
        return f"{place}: {self.fault}"


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row: the declaration that it is, or what is wrong with it.

    Attributes:
        sheet: empty where the file has one table only.
        cells: header to what stands in it, as text, of the columns that mean something.
        said: fields of a declaration that its table speaks of; None: it has versions, and speaks of all.

    """

    sheet: str
    number: int
    cells: Mapping[str, str]
    said: frozenset[str] | None
    meant: Declaration | tuple[RowFault, ...]

    def item(self, file: str) -> Item:
        """For the intake; `file` is the file's name."""
        sheet = {"sheet": self.sheet} if self.sheet else {}
        where = f"{file} sheet {self.sheet!r} row {self.number}" if self.sheet else f"{file} row {self.number}"
        meant = self.meant if isinstance(self.meant, Declaration) else [one.fault for one in self.meant]
        return Item({"file": file, **sheet, "row": self.number, **self.cells}, where, meant, self.said)


@dataclass(frozen=True, slots=True)
class Export:
    """A file, read."""

    tables: tuple[Table, ...]
    left_out: tuple[str, ...]
    """Sheets that hold something, but no table of declarations."""
    rows: tuple[ReadRow, ...]

    @property
    def faults(self) -> tuple[RowFault, ...]:
        """Everything that is wrong, row by row."""
        return tuple(one for row in self.rows if not isinstance(row.meant, Declaration) for one in row.meant)

    @property
    def bad(self) -> int:
        """How many rows cannot be read."""
        return sum(not isinstance(row.meant, Declaration) for row in self.rows)


def read_export(content: bytes, settings: MappingSettings, *, as_of: datetime) -> Export:
    """The declarations in a CSV or XLSX file; `as_of` is when it was written.

    Raises:
        UnreadableFileError: it is no such file, or has no header that we know.

    """
    found = read_tables(content, dict(settings.fields.items()))
    reader = _Reader(Translator(settings), as_of, names_sheets=len(found.tables) > 1)
    return Export(found.tables, found.left_out, tuple(row for table in found.tables for row in reader.rows(table)))


class _Reader:
    """Reads the rows of a file's tables; knows which declarations have come in it before."""

    def __init__(self, translator: Translator, as_of: datetime, *, names_sheets: bool) -> None:
        self._translator = translator
        self._as_of = as_of
        self._names_sheets = names_sheets
        self._before: dict[tuple[str, int], tuple[int, Declaration]] = {}

    def rows(self, table: Table) -> Iterator[ReadRow]:
        fields = {column.field for column in table.columns}
        said = None if "version" in fields else said_by(fields)
        sheet = table.sheet if self._names_sheets else ""
        for row in table.rows:
            raw = {c.field: row.cells[c.number] for c in table.columns if c.number < len(row.cells)}
            cells = {c.header: "" if raw.get(c.field) is None else str(raw[c.field]) for c in table.columns}
            try:
                yield ReadRow(sheet, row.number, cells, said, self._declaration(raw, row.number))
            except MisfitError as error:
                faults = tuple(_placed(sheet, row.number, table.columns, one) for one in error.faults)
                yield ReadRow(sheet, row.number, cells, said, faults)

    def _declaration(self, raw: Mapping[str, object], number: int) -> Declaration:
        declaration = self._translator.read(raw, as_of=self._as_of)
        key = (declaration.declaration_id, declaration.version)
        row, first = self._before.setdefault(key, (number, declaration))
        if first != declaration and first.updated_at == declaration.updated_at:
            raise MisfitError([Fault("declaration_id", f"once; row {row} says something else of it", key[0])])
        return declaration


def _placed(sheet: str, row: int, columns: Sequence[Column], fault: Fault) -> RowFault:
    names = {fault.field, *(name for name, fields in MEANS.items() if fault.field in fields)}
    column = next((one for one in columns if one.field == fault.field), None) or next(
        (one for one in columns if one.field in names), None
    )
    return RowFault(sheet, row, column.letter if column else "", column.header if column else "", fault)


def report(faults: Iterable[RowFault]) -> bytes:
    """The bad rows as a CSV that Excel opens as it should."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(("sheet", "row", "column", "header", "field", "expected", "came"))
    for one in faults:
        values = (one.sheet, one.row, one.column, one.header, one.fault.field, one.fault.expected, one.fault.came)
        writer.writerow(tuple(map(_harmless, values)))
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> object:
    """A text that begins like a formula must not become one."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value
