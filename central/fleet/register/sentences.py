"""What the register says to people: values as they are written, and what is wrong with others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from central.fleet.register.fields import Fault
from central.fleet.register.imports import ImportPlan, RowPlan
from central.fleet.register.speech import Words, site_name
from central.print.workbook import CellValue, Sheet, SheetColumn, write_workbook
from central.store.register_records import FieldValue


def day_text(day: date) -> str:
    """A day as offices write it."""
    return f"{day:%d/%m/%Y}"


def amount_text(words: Words, amount: int) -> str:
    """An amount with its thousands apart."""
    return f"{amount:,}".replace(",", words("register.thousands"))


def value_text(words: Words, field: str, value: FieldValue) -> str:
    """A value of a field for people; empty where nothing is known."""
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        return day_text(value)
    if isinstance(value, int):
        return amount_text(words, value)
    if field == "kind":
        return words(f"device_kind.{value}")
    return site_name(words, value) if field == "site" else value


def field_name(words: Words, field: str) -> str:
    """Name of a field of a device or a unit."""
    return words.get(f"device_field.{field}", words.get(f"unit_field.{field}", field))


def fault_text(words: Words, fault: Fault) -> str:
    """What is wrong with a value: what was expected, what came."""
    values = dict(fault.values)
    if "other" in values:
        values["other"] = field_name(words, values["other"])
    return words(f"fault.{fault.code.value}", name=field_name(words, fault.field), came=fault.came, **values)


def place_text(words: Words, row: RowPlan) -> str:
    """Where a row stands."""
    return f"{row.place.sheet}, {words('register_sheet.row', row=row.place.row)}"


def cell_text(row: RowPlan, fault: Fault) -> str:
    """The cell that a fault is about, `D7`; empty where the table has no such column."""
    column = row.place.columns.get(fault.field, "")
    return f"{column}{row.place.row}" if column else ""


def bad_rows_workbook(plan: ImportPlan, words: Words) -> bytes:
    """The rows that were not taken in, as they came, with what is wrong; mended they can be imported as they are."""
    return write_workbook(
        _bad_sheet(title, header, [row for row in plan.bad if row.place.sheet == title], words)
        for title, header in plan.headers.items()
    )


def _bad_sheet(title: str, header: tuple[str, ...], rows: Iterable[RowPlan], words: Words) -> Sheet:
    columns = (
        SheetColumn(words("register_sheet.where"), width=20),
        SheetColumn(words("register_sheet.wrong"), width=60),
        *(SheetColumn(text) for text in header),
    )
    return Sheet(title, columns, [_bad_row(row, len(header), words) for row in rows])


def _bad_row(row: RowPlan, width: int, words: Words) -> list[CellValue]:
    cells = [*row.cells[:width], *[None] * (width - len(row.cells))]
    faults = "\n".join(f"{cell_text(row, fault)} {fault_text(words, fault)}".strip() for fault in row.faults)
    return [place_text(words, row), faults, *cells]
