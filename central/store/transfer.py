"""Everything from one database into another, SQLite or PostgreSQL either way: resumed, caught up, verified."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Integer, RowMapping, Table, delete, func, insert, select, text, true, tuple_

from central.store.database import Database, Transaction
from central.store.engines import POSTGRESQL
from central.store.schema import cursors, events, metadata
from contract.errors import StoreError

_MARK: Final = "transfer"
"""Name of the cursor that says in the target what it is a copy of."""
_AT_ONCE: Final = 500
_DIGEST_BYTES: Final = 16

Progress = Callable[[str, int, int], None]
"""Table, rows done, rows in all."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds: how many rows, and a digest of all of them that does not hang on their order."""

    rows: int
    digest: str


def transfer(source: Database, target: Database, origin: str, progress: Progress) -> dict[str, Content]:
    """Make `target` hold what `source` holds at this moment, and verify it; what each table holds.

    Called again after it broke off, or when the source has changed, it copies what differs. `origin` names the source.

    Raises:
        StoreError: the target holds something else, or does not come out equal.
        StoreUnavailable: one of the two does not answer; call again later.

    """
    with source.reading() as reading:
        latest = _latest_event(reading)
        _check_target(target, origin)
        _mark(target, origin, None)
        contents = {table.name: _copy(reading, target, table, progress) for table in metadata.sorted_tables}
    _count_on(target)
    _mark(target, origin, latest)
    with target.reading() as copied:
        for table in metadata.sorted_tables:
            came = content_of(copied, table)
            if came != contents[table.name]:
                raise StoreError(
                    f"the table {table.name} does not come out equal ({contents[table.name].rows} rows expected, "
                    f"{came.rows} there): does another program write to the target? Stop it and run this again"
                )
    return contents


def contents_of(database: Database) -> dict[str, Content]:
    """What each table of a database holds now."""
    with database.reading() as reading:
        return {table.name: content_of(reading, table) for table in metadata.sorted_tables}


def content_of(reading: Transaction, table: Table) -> Content:
    """What a table holds."""
    total = rows = 0
    for chunk in _chunks(reading, table):
        rows += len(chunk)
        total += sum(map(_number, chunk))
    return _content(rows, total)


def _check_target(target: Database, origin: str) -> None:
    with target.reading() as reading:
        marked = reading.first(select(cursors.c.value).where(cursors.c.name == _MARK))
        if marked is None:
            filled = [table.name for table in metadata.sorted_tables if _count(reading, table)]
            if filled:
                raise StoreError(
                    f"expected an empty target, found rows in {', '.join(filled)}: choose a new, empty database"
                )
            return
        mark = json.loads(marked["value"])
        if mark["origin"] != origin:
            raise StoreError(f"the target is a copy of {mark['origin']}, not of {origin}: choose a new, empty database")
        if mark["event_id"] is not None and _latest_event(reading) != mark["event_id"]:
            raise StoreError(
                "the target was used since it was copied, and would lose what it took in: choose a new, empty database"
            )


def _mark(target: Database, origin: str, event_id: int | None) -> None:
    """Say in the target what it is a copy of; `event_id`: of a whole one, as of this change."""
    value = json.dumps({"origin": origin, "event_id": event_id})
    with target.transaction(datetime.now(UTC)) as transaction:
        transaction.upsert(cursors, {"name": _MARK, "value": value})


def _copy(reading: Transaction, target: Database, table: Table, progress: Progress) -> Content:
    """Copy what is missing in the target or differs there, and delete what is in it alone."""
    rows = total = 0
    expected = _count(reading, table)
    with target.reading() as there:
        is_new = not _count(there, table)
    if not is_new:  # first: what comes new may say of something what a row that is gone said
        _delete_surplus(reading, target, table)
    for chunk in _chunks(reading, table):
        rows += len(chunk)
        total += sum(map(_number, chunk))
        _put(target, table, chunk, is_new=is_new)
        progress(table.name, rows, max(rows, expected))
    return _content(rows, total)


def _put(target: Database, table: Table, chunk: Sequence[RowMapping], *, is_new: bool) -> None:
    keys = [column.name for column in table.primary_key]
    with target.transaction(datetime.now(UTC)) as transaction:
        there: dict[tuple[Any, ...], int] = {}
        if not is_new:
            known = transaction.rows(select(table).where(_among(table, chunk)))
            there = {tuple(row[key] for key in keys): _number(row) for row in known}
        other = [row for row in chunk if there.get(tuple(row[key] for key in keys)) != _number(row)]
        stale = [row for row in other if tuple(row[key] for key in keys) in there]
        if stale:
            transaction.run(delete(table).where(_among(table, stale)))
        if other:
            transaction.run(insert(table), [dict(row) for row in other])


def _delete_surplus(reading: Transaction, target: Database, table: Table) -> None:
    keys = [column.name for column in table.primary_key]
    with target.reading() as there:
        for chunk in _chunks(there, table):
            known = reading.rows(select(*table.primary_key).where(_among(table, chunk)))
            here = {tuple(row[key] for key in keys) for row in known}
            gone = [row for row in chunk if tuple(row[key] for key in keys) not in here]
            if gone:
                with target.transaction(datetime.now(UTC)) as transaction:
                    transaction.run(delete(table).where(_among(table, gone)))


def _chunks(reading: Transaction, table: Table) -> Iterator[Sequence[RowMapping]]:
    """All rows but the mark, in the order of the primary key, some at a time."""
    key = tuple_(*table.primary_key)
    wanted = select(table).where(_unmarked(table)).order_by(*table.primary_key).limit(_AT_ONCE)
    chunk = reading.rows(wanted)
    while chunk:
        yield chunk
        last = tuple(chunk[-1][column.name] for column in table.primary_key)
        chunk = reading.rows(wanted.where(key > tuple_(*last)))


def _among(table: Table, rows: Sequence[RowMapping]) -> Any:  # noqa: ANN401 - SQLAlchemy's expressions
    columns = list(table.primary_key)
    if len(columns) == 1:
        return columns[0].in_([row[columns[0].name] for row in rows])
    return tuple_(*columns).in_([tuple(row[column.name] for column in columns) for row in rows])


def _unmarked(table: Table) -> Any:  # noqa: ANN401 - SQLAlchemy's expressions
    return cursors.c.name != _MARK if table is cursors else true()


def _count(reading: Transaction, table: Table) -> int:
    row = reading.first(select(func.count().label("number")).select_from(table).where(_unmarked(table)))
    return int(row["number"]) if row else 0


def _latest_event(reading: Transaction) -> int:
    row = reading.first(select(func.max(events.c.event_id).label("latest")))
    return int(row["latest"] or 0) if row else 0


def _number(row: RowMapping) -> int:
    said = repr(tuple(row.values())).encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=_DIGEST_BYTES).digest())


def _content(rows: int, total: int) -> Content:
    return Content(rows, f"{total % 2 ** (8 * _DIGEST_BYTES):032x}")


def _count_on(target: Database) -> None:
    """Have PostgreSQL give out counted ids behind those that were copied; SQLite sees them by itself."""
    if target.engine.dialect.name != POSTGRESQL:
        return
    with target.transaction(datetime.now(UTC)) as transaction:
        for table in metadata.sorted_tables:
            key = list(table.primary_key)
            if len(key) == 1 and isinstance(key[0].type, Integer):
                name, column = table.name, key[0].name
                transaction.rows(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{name}', '{column}'), "  # noqa: S608 - our own names
                        f"greatest((SELECT coalesce(max({column}), 0) + 1 FROM {name}), 1), false) "
                        f"WHERE pg_get_serial_sequence('{name}', '{column}') IS NOT NULL"
                    )
                )
