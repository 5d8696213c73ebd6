"""Parts of plates: found among the plates that were ever seen, which are far fewer than passages."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_, select

from central.store.database import Transaction
from central.store.paging import search_parts
from central.store.schema import passages
from central.store.schema_kept import plate_ends

_FEW = 300
"""Plates that are looked for one by one. What fits more of them is so common that a look through the newest passages
soon fills a page."""
_LAST = "\U0010ffff"


def note_plates(transaction: Transaction, plates: Iterable[str | None]) -> None:
    """Have parts of these plates be found."""
    seen = {plate for plate in plates if plate}
    whole = transaction.among(plate_ends.c.ending, seen)
    rows = transaction.rows(select(plate_ends.c.plate).where(whole, plate_ends.c.plate == plate_ends.c.ending))
    new = sorted(seen - {row["plate"] for row in rows})
    transaction.insert_all(plate_ends, [{"ending": p[n:], "plate": p} for p in new for n in range(len(p))])


def have_part(reading: Transaction, typed: str) -> tuple[ColumnElement[bool], ...]:
    """Conditions that together cover the passages with either plate that has a part as a person types it.

    One of them for each index that leads to such passages.
    """
    parts = search_parts(typed)
    columns = (passages.c.plate_search, passages.c.second_plate_search)
    begins = or_(*((plate_ends.c.ending >= part) & (plate_ends.c.ending < part + _LAST) for part in parts))
    wanted = select(plate_ends.c.plate).where(begins).limit(_FEW * 2)  # a plate may have the part twice
    plates = {row["plate"] for row in reading.rows(wanted)}
    if len(plates) < _FEW:
        return tuple(column.in_(sorted(plates)) for column in columns)
    return (or_(*(column.contains(part, autoescape=True) for column in columns for part in parts)),)
