"""Many keys looked up by one statement: each of a hundred small queries costs more on its way than in the database.

The keys are one parameter, as JSON: a statement with a parameter for each of their values costs more than its answer.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.types import TypeEngine

from central.store.engines import POSTGRESQL


@dataclass(frozen=True)
class LookUp:
    """A query over a table `wanted` of keys: its columns are `names`, and `place`, which counts the keys from 0.

    Join it by `FROM wanted CROSS JOIN … WHERE …`: so SQLite goes by the keys and not through the other table.
    """

    names: tuple[str, ...]
    query: str
    result: tuple[tuple[str, type[TypeEngine[Any]]], ...] = ()
    """Columns of the answer that need their type said."""
    numbers: frozenset[str] = frozenset()
    """Those of `names` that are whole numbers; the others are texts."""

    def statement(self, dialect: str) -> TextClause:
        """What to execute."""
        return _statement(self, dialect)

    @staticmethod
    def values(keys: Sequence[tuple[Any, ...]]) -> dict[str, str]:
        """With what."""
        return {"keys": json.dumps(keys)}


@functools.lru_cache(maxsize=64)
def _statement(what: LookUp, dialect: str) -> TextClause:
    if dialect == POSTGRESQL:
        place, source = "number - 1", "jsonb_array_elements(CAST(:keys AS jsonb)) WITH ORDINALITY AS told (key, number)"
        columns = (
            f"CAST(key->>{n} AS {'bigint' if name in what.numbers else 'text'}) AS {name}"
            for n, name in enumerate(what.names)
        )
    else:
        place, source = "key", "json_each(:keys)"
        columns = (f"json_extract(value, '$[{n}]') AS {name}" for n, name in enumerate(what.names))
    head = f"WITH wanted AS MATERIALIZED (SELECT {place} AS place, {', '.join(columns)} FROM {source}) "  # noqa: S608 - our own names
    statement = text(head + what.query)
    return statement.columns(**dict(what.result)) if what.result else statement  # type: ignore[return-value]  # its stub knows no columns by name
