"""Many keys looked up by one statement: each of a hundred small queries costs more on its way than in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.types import TypeEngine

_AT_ONCE = 100
"""Keys a statement; databases bound the number of parameters."""


@dataclass(frozen=True)
class LookUp:
    """A query over a table `wanted` of keys: its columns are `names`, and `place`, which counts the keys from 0."""

    names: tuple[str, ...]
    query: str
    result: tuple[tuple[str, type[TypeEngine[Any]]], ...] = ()
    """Columns of the answer that need their type said."""

    def statements(self, keys: Sequence[tuple[Any, ...]]) -> Iterator[tuple[TextClause, dict[str, Any]]]:
        """What to execute, and with what."""
        for start in range(0, len(keys), _AT_ONCE):
            some = list(enumerate(keys[start : start + _AT_ONCE]))
            rows = ", ".join(
                f"({start + n}, " + ", ".join(f":v{n}_{c}" for c in range(len(key))) + ")" for n, key in some
            )
            values = {f"v{n}_{c}": value for n, key in some for c, value in enumerate(key)}
            head = f"WITH wanted (place, {', '.join(self.names)}) AS (VALUES {rows})"
            statement = text(head + self.query)
            yield (statement.columns(**dict(self.result)) if self.result else statement), values  # type: ignore[misc]  # its stub knows no columns by name
