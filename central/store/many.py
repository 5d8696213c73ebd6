"""Many rows into a table by one statement, said to the driver itself.

SQLAlchemy would turn each row into a dictionary of its own first: for a batch of messages that costs more than the
database does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite

from central.store.engines import POSTGRESQL


@dataclass(frozen=True, slots=True)
class InsertMany:
    """A statement for rows of the same columns."""

    sql: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    """In the order of the statement's question marks, where it has them; how the driver wants their values turned."""
    by_name: bool
    """Whether the statement names its parameters."""

    def parameters(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        """The rows as the driver wants them."""
        said = zip(*(_turned([row[name] for row in rows], turn) for name, turn in self.columns), strict=True)
        if not self.by_name:
            return list(said)
        names = [name for name, _ in self.columns]
        return [dict(zip(names, values, strict=True)) for values in said]


def _turned(values: list[Any], turn: Callable[[Any], Any] | None) -> list[Any]:
    if turn is None:
        return values
    last = turned = None
    for place, value in enumerate(values):  # most rows of a batch have the same time
        if value is not last or value is None:
            last, turned = value, turn(value)
        values[place] = turned
    return values


@functools.lru_cache(maxsize=256)
def insert_many(dialect: Dialect, table: Table, names: tuple[str, ...], *, changes: bool) -> InsertMany:
    """Insert rows that have the columns `names`; of those whose key is there the others are changed, or left."""
    statement = dialect_insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    said = (
        statement.on_conflict_do_update(index_elements=keys, set_=changed)
        if changes and changed
        else statement.on_conflict_do_nothing()
    ).compile(dialect=dialect, column_keys=list(names))
    order = tuple(said.positiontup) if said.positiontup is not None else names
    turns = ((name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in order)
    return InsertMany(str(said), tuple(turns), by_name=said.positiontup is None)


def dialect_insert(dialect: Dialect, table: Table) -> Any:  # noqa: ANN401 - the two classes share no typed parent
    """INSERT with ON CONFLICT, which both databases spell the same, but which SQLAlchemy keeps in the dialects."""
    return (postgresql if dialect.name == POSTGRESQL else sqlite).insert(table)
