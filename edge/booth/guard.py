"""Before every page: refuses writes that other sites send, and adds the headers that keep a page to itself."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST_BODY_BYTES: Final = 16_384
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses writes that come from another site or are too long, and adds the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = None if scope["method"] in _SAFE else _refusal_of(HTTPConnection(scope))
        if refusal is not None:
            await refusal(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)


def _refusal_of(connection: HTTPConnection) -> Response | None:
    fetch_site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    host = connection.headers.get("host")
    elsewhere = origin is not None and urlsplit(origin).netloc != host
    if fetch_site not in {None, "same-origin", "none"} or elsewhere:
        return JSONResponse({"detail": "this request comes from another site"}, HTTPStatus.FORBIDDEN)
    length = connection.headers.get("content-length", "")
    if not length.isascii() or not length.isdigit() or int(length) > _MOST_BODY_BYTES:
        return JSONResponse({"detail": "a form of ours is shorter"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return None
