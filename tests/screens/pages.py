"""The pages of the console, found by its router: whatever answers a GET with a whole page."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from fastapi.routing import iter_route_contexts

from central.console.router import console_router
from tests.screens.made_up import Examples

_NO_PAGES = ("/login", "/language/{language}", "/theme/{theme}")
"""Not for who is logged in, or redirects."""
MORE = (
    "/passages?view=wall",
    "/passages?plate=12C%3F9",
    "/nothing-is-here",
)
"""Addresses of pages that look otherwise than by their path alone."""


def paths() -> tuple[str, ...]:
    """What the router answers a GET of, with names where parts vary."""
    return tuple(
        route.path
        for route in iter_route_contexts(console_router().routes)
        if route.path and "GET" in (route.methods or ()) and route.path not in _NO_PAGES
    )


def addresses(client: httpx.Client, examples: Examples) -> Iterator[str]:
    """Addresses of whole pages; parts of pages, files and streams are left out.

    Raises:
        LookupError: a path has a part that `made_up` has no example for, or a page breaks.

    """
    for path in paths():
        address = examples.address(path)
        if address is None:
            raise LookupError(f"the page {path} has a part without an example; add one to tests/screens/made_up.py")
        if is_page(client, address):
            yield address
    yield from MORE


def is_page(client: httpx.Client, address: str) -> bool:
    """Whether a whole page comes from there.

    Raises:
        LookupError: it breaks.

    """
    with client.stream("GET", address) as answer:
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise LookupError(f"the page {address} answers {answer.status_code}")
        if not answer.headers.get("content-type", "").startswith("text/html"):
            return False
        return answer.status_code == httpx.codes.OK and answer.read().lstrip().lower().startswith(b"<!doctype")
