"""The web application of central: pages, API and what watches over both."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.api.router import API_DESCRIPTION, api_router, install_api_errors
from central.audit import SAFE_METHODS, AuditTrail
from central.auth import Accounts
from central.config import CentralConfig, WebSettings
from central.console.live import live_painter
from central.console.router import console_router, install_page_errors
from central.console.say import speaker
from central.feed import Feed
from central.fleet.repair.settings import RepairSettings
from central.shared_parts import SharedParts
from central.store import Store
from central.summary import Figures
from central.web import Web, comes_from_elsewhere

STATIC: Final = Path(__file__).parent / "console" / "static"
_HEADERS: Final = {
    # styles may stand in elements: plates carry their size, Swagger UI writes its own
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

_log = logging.getLogger(__name__)


def create_app(
    store: Store,
    settings: WebSettings | None = None,
    repair: RepairSettings | None = None,
    *,
    config: CentralConfig | None = None,
) -> FastAPI:
    """The pages and the API over an open store. The store stays the caller's to close."""
    settings = settings or WebSettings()
    accounts = Accounts(store, session=timedelta(hours=settings.session_h))
    speak = partial(speaker, utc_offset_h=settings.utc_offset_h)
    web = Web(store, settings, accounts, Feed(store), repair or RepairSettings(), Figures(store), speak, config)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        web.feed.start()
        yield
        web.feed.close()

    app = FastAPI(
        title="smart-gate",
        description=API_DESCRIPTION,
        version="1",
        docs_url=None,  # the page at /docs is our own: the usual one loads its scripts from the internet
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
        routes=[*api_router().routes, *console_router().routes],
    )
    app.state.web = web
    app.state.live = SharedParts(store, web.feed, live_painter(web))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    install_api_errors(app)
    install_page_errors(app)
    app.add_middleware(AuditTrail, store=store)
    app.add_middleware(Guard)  # comes before the trail: the one added last stands outermost
    if not (STATIC / "vendor").is_dir():
        _log.warning("scripts and fonts of the pages are missing in %s; run `make assets`", STATIC / "vendor")
    return app


class Guard:
    """Refuses writes that another site makes a browser send, and adds the headers that keep pages to themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] not in SAFE_METHODS and comes_from_elsewhere(HTTPConnection(scope)):
            refusal = JSONResponse({"detail": "this request comes from another site"}, HTTPStatus.FORBIDDEN)
            await refusal(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "public, max-age=86400")
            await send(message)

        await self._app(scope, receive, send_with_headers)
