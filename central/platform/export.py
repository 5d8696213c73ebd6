"""The declarations in a file that an office exported, row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from central.platform.declaration import Declaration
from central.platform.faults import Fault, MisfitError
from central.platform.intake import Item
from central.platform.mapping import MEANS, MappingSettings, Translator, said_by
from central.platform.tables import Column, Table, read_table


@dataclass(frozen=True, slots=True)
class RowFault:
    """Something wrong in a row; `column` is a letter, empty where a column is lacking or the whole row is meant."""

    row: int
    column: str
    header: str
    fault: Fault

    def __str__(self) -> str:
        place = f"row {self.row}"
        if self.column:
            place += f", column {self.column} {self.header!r}"
        return f"{place}: {self.fault}"


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row: the declaration that it is, or what is wrong with it."""

    number: int
    cells: dict[str, str]
    """Header to what stands in it, as text, of the columns that mean something."""
    meant: Declaration | tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """A file, read."""

    table: Table
    rows: tuple[ReadRow, ...]

    @property
    def faults(self) -> tuple[RowFault, ...]:
        """Everything that is wrong, row by row."""
        return tuple(one for row in self.rows if not isinstance(row.meant, Declaration) for one in row.meant)

    @property
    def said(self) -> frozenset[str] | None:
        """Fields of a declaration that this file speaks of; None: it has versions, and speaks of all."""
        fields = {column.field for column in self.table.columns}
        return None if "version" in fields else said_by(fields)

    def items(self, name: str) -> tuple[Item, ...]:
        """For the intake; `name` is the file's."""
        said = self.said
        return tuple(
            Item(
                {"file": name, "row": row.number, **row.cells},
                f"{name} row {row.number}",
                row.meant if isinstance(row.meant, Declaration) else [one.fault for one in row.meant],
                said,
            )
            for row in self.rows
        )


def read_export(content: bytes, settings: MappingSettings, *, as_of: datetime) -> Export:
    """The declarations in a CSV or XLSX file; `as_of` is when it was written.

    Raises:
        UnreadableFileError: it is no such file, or has no header that we know.

    """
    table = read_table(content, dict(settings.fields.items()))
    translator = Translator(settings)
    rows = []
    before: dict[tuple[str, int], tuple[int, Declaration]] = {}
    for grid_row in table.rows:
        raw = {c.field: grid_row.cells[c.number] for c in table.columns if c.number < len(grid_row.cells)}
        cells = {c.header: "" if raw.get(c.field) is None else str(raw[c.field]) for c in table.columns}
        try:
            declaration = translator.read(raw, as_of=as_of)
        except MisfitError as error:
            meant = tuple(_placed(grid_row.number, table.columns, one) for one in error.faults)
            rows.append(ReadRow(grid_row.number, cells, meant))
            continue
        number, first = before.setdefault(
            (declaration.declaration_id, declaration.version), (grid_row.number, declaration)
        )
        if first != declaration and first.updated_at == declaration.updated_at:
            twice = Fault("declaration_id", f"once; row {number} says something else of it", first.declaration_id)
            rows.append(ReadRow(grid_row.number, cells, (_placed(grid_row.number, table.columns, twice),)))
        else:
            rows.append(ReadRow(grid_row.number, cells, declaration))
    return Export(table, tuple(rows))


def _placed(row: int, columns: Sequence[Column], fault: Fault) -> RowFault:
    names = {fault.field, *(name for name, fields in MEANS.items() if fault.field in fields)}
    column = next((one for one in columns if one.field == fault.field), None) or next(
        (one for one in columns if one.field in names), None
    )
    return RowFault(row, column.letter if column else "", column.header if column else "", fault)


def report(faults: Iterable[RowFault]) -> bytes:
    """The bad rows as a CSV that Excel opens as it should."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(("row", "column", "header", "field", "expected", "came"))
    for one in faults:
        values = (one.row, one.column, one.header, one.fault.field, one.fault.expected, one.fault.came)
        writer.writerow(tuple(map(_harmless, values)))
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> object:
    """A text that begins like a formula must not become one."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value
