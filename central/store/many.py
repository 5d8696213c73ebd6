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
    places: tuple[str, ...] | None
    """The columns in the order of the statement's question marks; None where it names them."""
    turned: tuple[tuple[str, Callable[[Any], Any]], ...]
    """Columns whose values the driver wants otherwise."""

    def parameters(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        """The rows as the driver wants them."""
        said: list[Any] = [dict(row) for row in rows]
        for name, turn in self.turned:
            last = turned = None
            for row in said:  # most rows of a batch have the same time
                if (value := row[name]) is not last or value is None:
                    last, turned = value, turn(value)
                row[name] = turned
        if self.places is not None:
            said = [tuple([row[name] for name in self.places]) for row in said]
        return said


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
    turns = ((name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names)
    return InsertMany(
        str(said),
        tuple(said.positiontup) if said.positiontup is not None else None,
        tuple((name, turn) for name, turn in turns if turn is not None),
    )


def dialect_insert(dialect: Dialect, table: Table) -> Any:  # noqa: ANN401 - the two classes share no typed parent
    """INSERT with ON CONFLICT, which both databases spell the same, but which SQLAlchemy keeps in the dialects."""
    return (postgresql if dialect.name == POSTGRESQL else sqlite).insert(table)
