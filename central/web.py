"""What the pages and the API share: the parts they stand on, and who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from central.auth import Accounts, Identity, Login
from central.config import CentralConfig, WebSettings
from central.feed import Feed
from central.fleet.repair.settings import RepairSettings
from central.presence import Presence
from central.reports.sentences import Speaker
from central.store import Store
from central.summary import Figures
from central.traffic.settings import TrafficSettings
from contract.plate import Language

_TRAFFIC: Final = TrafficSettings()
SESSION_COOKIE: Final = "smartgate_session"
STREAM_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A stream passes through proxies unbuffered."""
PICTURE_HEADERS: Final = {"Cache-Control": "private, max-age=31536000, immutable"}
"""A picture named by its hash never changes."""


@dataclass(frozen=True, slots=True)
class Web:
    """The parts that every request uses; kept in `app.state.web`."""

    store: Store
    settings: WebSettings
    accounts: Accounts
    feed: Feed
    repair: RepairSettings
    figures: Figures
    speak: Callable[[Language], Speaker]
    """Who speaks a language, at the moment of the call."""
    config: CentralConfig | None = None
    """What central was started with; None where only the pages run."""
    presence: Presence = field(default_factory=Presence)
    """Who has which case before them."""

    @property
    def traffic(self) -> TrafficSettings:
        """When counts agree, and whose surge plan applies."""
        return self.config.traffic if self.config is not None else _TRAFFIC


def web_of(connection: HTTPConnection) -> Web:
    """The parts that this request uses."""
    web = connection.app.state.web
    assert isinstance(web, Web)
    return web


def identity_of(connection: HTTPConnection) -> Identity | None:
    """Who asks, by `Authorization: Bearer` or by the cookie of a login."""
    accounts = web_of(connection).accounts
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = accounts.by_bearer(token.strip())
    else:
        cookie = connection.cookies.get(SESSION_COOKIE)
        found = accounts.by_session(cookie) if cookie else None
    connection.state.asking = found
    return found


def address_of(connection: HTTPConnection) -> str:
    """Where the request comes from."""
    return connection.client.host if connection.client else "?"


def keep_login(response: Response, login: Login, settings: WebSettings) -> None:
    """Give the browser the cookie of a login."""
    response.set_cookie(
        SESSION_COOKIE,
        login.token,
        max_age=round(settings.session_h * 3600),
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )


def comes_from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether a page of another site made the browser send this request."""
    fetch_site = connection.headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site not in {"same-origin", "none"}
    origin = connection.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != connection.headers.get("host")
