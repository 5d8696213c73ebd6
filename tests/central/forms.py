"""Forms of the pages, as a browser sends them."""

from __future__ import annotations

import re
from typing import Any

import httpx


def csrf_of(client: httpx.Client, path: str) -> str:
    """The token that stands in the forms of a page."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found is not None, f"no form on {path}"
    return found[1]


def send(client: httpx.Client, page: str, to: str = "", **fields: Any) -> httpx.Response:
    """Fill in the form of a page and send it, to the page itself or elsewhere."""
    return client.post(to or page, data={"csrf": csrf_of(client, page)} | fields)
