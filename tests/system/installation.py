"""A client of a running installation, and waiting for what it should show."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from simulation.house import Login

T = TypeVar("T")


class Api:
    """The JSON API, as one logged-in user sees it."""

    def __init__(self, login: Login) -> None:
        self._client = httpx.Client(base_url=login.url, timeout=60)
        answer = self._client.post("/api/v1/login", json={"user": login.user, "password": login.password})
        answer.raise_for_status()

    def get(self, path: str, **query: str | int) -> Any:
        answer = self._client.get(f"/api/v1/{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    def all(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list, page by page."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = self.get(path, limit=200, **({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    def picture(self, url: str) -> bytes:
        answer = self._client.get(url)
        answer.raise_for_status()
        return answer.content

    def close(self) -> None:
        self._client.close()


def wait_for(what: str, look: Callable[[], T | None], *, timeout_s: float) -> T:
    """Ask `look` until it answers something, or fail saying what did not come."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            found = look()
        except httpx.HTTPError:
            found = None
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {timeout_s:.0f} s")
        time.sleep(0.25)
