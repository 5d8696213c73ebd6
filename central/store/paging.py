"""Cursors: where a page ended, as an opaque text that callers hand back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, RowMapping, Select, literal, tuple_

from contract.errors import StoreError
from contract.plate import normalise, typed_key
from contract.regions import CN_TYPED_PREFIXES

MAX_LIMIT = 500


def page_after(
    statement: Select[Any], at: Column[Any], key: Column[Any], cursor: str | None, limit: int
) -> Select[Any]:
    """`statement`, newest first, beginning behind `cursor`; one row more than `limit` shows that more follow.

    Raises:
        StoreError: the cursor is none of ours, or `limit` is out of range.

    """
    check_limit(limit)
    return behind(statement, at, key, cursor).order_by(at.desc(), key.desc()).limit(limit + 1)


def check_limit(limit: int) -> None:
    """Refuse pages of no rows, and of too many.

    Raises:
        StoreError: `limit` is out of range.

    """
    if not 1 <= limit <= MAX_LIMIT:
        raise StoreError(f"expected a limit between 1 and {MAX_LIMIT}, got {limit}")


def behind(statement: Select[Any], at: Column[Any], key: Column[Any], cursor: str | None) -> Select[Any]:
    """`statement`, without what stands before `cursor`, the newest first.

    Raises:
        StoreError: the cursor is none of ours.

    """
    if cursor is None:
        return statement
    last_at, text = _decode(cursor)
    try:
        last_key = key.type.python_type(text)
    except ValueError as error:
        raise StoreError(f"the cursor {cursor!r} is of another list; begin without one") from error
    return statement.where(tuple_(at, key) < tuple_(literal(last_at, at.type), literal(last_key, key.type)))


def not_behind(at: Column[Any], key: Column[Any], row: RowMapping) -> ColumnElement[bool]:
    """Whether something stands at `row`, or before it, the newest first."""
    return tuple_(at, key) >= tuple_(literal(row[at.name], at.type), literal(row[key.name], key.type))


def next_cursor(rows: Sequence[RowMapping], at: str, key: str, limit: int) -> str | None:
    """The cursor behind the last row that fits on the page; None when nothing follows."""
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return cursor_behind(last[at], last[key])


def cursor_behind(at: datetime, key: object) -> str:
    """The cursor behind a row with this time and key."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {key}".encode()).decode().rstrip("=")


def _decode(cursor: str) -> tuple[datetime, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, key = text.partition(" ")
        moment = datetime.fromisoformat(at).astimezone(UTC)
    except (ValueError, binascii.Error) as error:
        raise StoreError(f"expected a cursor that an earlier page gave, got {cursor!r}; begin without one") from error
    return moment, key


def search_text(plate: str) -> str:
    """A plate as the search columns hold it: normalised, D for Đ."""
    return normalise(plate).replace("Đ", "D")


def search_parts(typed: str) -> tuple[str, ...]:
    """What to look for when a person typed (part of) a plate: that, and the plate it may transliterate."""
    plain = search_text(typed)
    spelt = (
        character + plain.removeprefix(prefix)
        for character, prefixes in CN_TYPED_PREFIXES.items()
        for prefix in prefixes
        if len(prefix) > 1 and plain.startswith(prefix) and plain.removeprefix(prefix)[:1].isalpha()
    )
    return tuple(dict.fromkeys((plain, typed_key(typed), *spelt)))
