"""Declarations over REST, page by page (`docs/platform.md` describes what the platform serves)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from pydantic import BaseModel, Field, ValidationError

from central.platform.settings import PlatformSettings
from contract.errors import SmartGateError

_UNKNOWN_CURSOR = (httpx.codes.BAD_REQUEST, httpx.codes.GONE)


class PlatformUnavailable(SmartGateError):  # noqa: N818 - a state, like a closed door
    """The platform does not answer, or not with what it should: try again later."""


class CursorRefused(PlatformUnavailable):
    """The platform does not know the cursor (any more): begin anew."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A page: rows as they came, where to go on, and whether more is there already."""

    rows: tuple[Any, ...]
    next_cursor: str
    more: bool


class _Page(BaseModel):
    items: tuple[Any, ...]
    next_cursor: Annotated[str, Field(min_length=1)]
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

    def pull(self, cursor: str) -> Pulled:
        """The next page behind `cursor` (empty: from the beginning).

        Raises:
            CursorRefused: the platform does not know the cursor.
            PlatformUnavailable: no answer, or one that is no page.

        """
        key = self._settings.key()
        parameters: dict[str, str | int] = {"limit": self._settings.page_size}
        if cursor:
            parameters["cursor"] = cursor
        try:
            answer = self._client.get(
                "/api/declarations", params=parameters, headers={"Authorization": f"Bearer {key}"} if key else {}
            )
        except httpx.HTTPError as error:
            raise PlatformUnavailable(f"the platform does not answer: {error or type(error).__name__}") from error
        if cursor and answer.status_code in _UNKNOWN_CURSOR:
            raise CursorRefused(f"the platform does not know the cursor {cursor!r}")
        if answer.status_code != httpx.codes.OK:
            raise PlatformUnavailable(f"the platform answers {answer.status_code}; expected 200 and a page")
        try:
            page = _Page.model_validate_json(answer.content)
        except ValidationError as error:
            raise PlatformUnavailable(f"the platform's answer is no page of declarations: {error}") from error
        if page.more and page.next_cursor == cursor:
            raise PlatformUnavailable("the platform says that there is more, but its cursor stands still")
        return Pulled(page.items, page.next_cursor, page.more)
