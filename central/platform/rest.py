"""Declarations over REST, page by page (`docs/platform.md` describes what the platform serves)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from central.platform.settings import PlatformSettings
from contract.errors import SmartGateError

_UNKNOWN_CURSOR: Final = (httpx.codes.BAD_REQUEST, httpx.codes.GONE)
_LONGEST_BYTES: Final = 50_000_000
_LONGEST_REST_S: Final = 3600.0
_QUOTED: Final = 80


class PlatformUnavailable(SmartGateError):  # noqa: N818 - a state, like a closed door
    """The platform does not answer, or not with what it should: try again, after `retry_after_s` where it said so."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class CursorRefused(PlatformUnavailable):
    """The platform does not know the cursor (any more): begin anew."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page: rows as they came, where to go on, and whether more is there already."""

    rows: tuple[Any, ...]
    next_cursor: str
    more: bool


class RestPlatform:
    """Asks the platform for what changed behind a cursor."""

    def __init__(self, settings: PlatformSettings, transport: httpx.BaseTransport | None = None) -> None:
        self._settings = settings
        self._client = httpx.Client(
            base_url=settings.base_url.rstrip("/"), timeout=settings.timeout_s, transport=transport
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def pull(self, cursor: str, limit: int) -> Pulled:
        """The next page behind `cursor` (empty: from the beginning), of at most `limit` declarations.

        Raises:
            CursorRefused: the platform does not know the cursor.
            PlatformUnavailable: no answer, or one that is no page.

        """
        names = self._settings.page
        parameters: dict[str, str | int] = {names.limit: limit}
        if cursor:
            parameters[names.cursor] = cursor
        key = self._settings.key()
        try:
            with self._client.stream(
                "GET", names.path, params=parameters, headers={"Authorization": f"Bearer {key}"} if key else {}
            ) as answer:
                content = self._content(answer)
        except httpx.HTTPError as error:
            raise PlatformUnavailable(f"the platform does not answer: {error or type(error).__name__}") from error
        if cursor and answer.status_code in _UNKNOWN_CURSOR:
            raise CursorRefused(f"the platform does not know the cursor {cursor!r}")
        if answer.status_code != httpx.codes.OK:
            raise PlatformUnavailable(
                f"the platform answers {answer.status_code}; expected 200 and a page", retry_after_s(answer)
            )
        return self._page(content)

    def _content(self, answer: httpx.Response) -> bytes:
        """The whole answer; the client's own time-out ends silence, but not an answer that trickles for ever."""
        until_s = time.monotonic() + self._settings.answer_timeout_s
        content = bytearray()
        for part in answer.iter_bytes():
            content += part
            if len(content) > _LONGEST_BYTES:
                raise PlatformUnavailable(f"expected a page of at most {_LONGEST_BYTES} bytes; ask for smaller ones")
            if time.monotonic() > until_s:
                within_s = self._settings.answer_timeout_s
                raise PlatformUnavailable(f"expected a whole page within {within_s:g} s, got {len(content)} bytes")
        return bytes(content)

    def _page(self, content: bytes) -> Pulled:
        names = self._settings.page
        try:
            page = json.loads(content)
        except ValueError as error:  # also bytes that are no text
            raise PlatformUnavailable(f"expected a page as JSON, got what is none: {error}") from error
        rows = inside(page, names.items) if isinstance(page, dict) else None
        if not isinstance(rows, list):
            raise PlatformUnavailable(f"expected a list of declarations as {names.items!r}, got {_shown(rows)}")
        cursor = inside(page, names.next_cursor)
        if isinstance(cursor, int) and not isinstance(cursor, bool):
            cursor = str(cursor)
        if not isinstance(cursor, str) or not cursor:
            raise PlatformUnavailable(f"expected where to go on as {names.next_cursor!r}, got {_shown(cursor)}")
        more = inside(page, names.more)
        if not isinstance(more, bool):
            raise PlatformUnavailable(f"expected true or false as {names.more!r}, got {_shown(more)}")
        return Pulled(tuple(rows), cursor, more)


def inside(item: object, path: str) -> object:
    """What stands at `a.b.c` in an object; None where nothing does."""
    for part in path.split("."):
        item = item.get(part) if isinstance(item, Mapping) else None
    return item


def _shown(value: object) -> str:
    """Never what is inside: it may name people."""
    if value is None:
        return "nothing"
    return repr(value)[:_QUOTED] if isinstance(value, str | int | float) else f"a {type(value).__name__}"


def retry_after_s(answer: httpx.Response) -> float:
    """How long the platform asks to be left alone: in seconds, or until a date."""
    said = answer.headers.get("Retry-After", "").strip()
    if said.isdecimal():
        return min(float(said), _LONGEST_REST_S)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(0.0, (until - datetime.now(UTC)).total_seconds()), _LONGEST_REST_S)
