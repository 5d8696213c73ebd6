"""Rendering pages, and who may see them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from central.auth import Identity
from central.console.say import Say
from central.console.words import LANGUAGES, choose_language, words_of
from central.rights import Right
from central.store.paging import search_text
from central.summary import Summary
from central.web import Web, identity_of, web_of
from contract.plate import Language

HERE: Final = Path(__file__).parent
_KEPT: Final[dict[tuple[object, ...], Markup]] = {}
_KEPT_AT_MOST: Final = 10_000
"""Parts of a kilobyte each."""
THEMES: Final = ("auto", "light", "dark")


class SeeOtherError(Exception):
    """The page asked for is not for now: go to `location` instead."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class PageRefusedError(Exception):
    """A page that cannot be shown; `key` names the sentence in the catalogue."""

    def __init__(self, status: HTTPStatus, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


def visitor(right: Right | None) -> Callable[[Request], Identity]:
    """A dependency: who looks at the page. Others are sent to log in, or told that their role may not see it."""

    def check(request: Request) -> Identity:
        identity = identity_of(request)
        if identity is None:
            asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            raise SeeOtherError("/login" if asked == "/" else f"/login?next={quote(asked)}")
        if right is not None and identity.must_change_password:
            raise SeeOtherError("/account")
        if right is not None and not identity.may(right):
            if request.url.path == "/":  # the first page of those who look after cameras
                raise SeeOtherError("/cameras")
            raise PageRefusedError(HTTPStatus.FORBIDDEN, "error.forbidden")
        return identity

    return check


Visitor = Annotated[Identity, Depends(visitor(None))]
SeesTraffic = Annotated[Identity, Depends(visitor(Right.TRAFFIC))]
SeesDevices = Annotated[Identity, Depends(visitor(Right.DEVICES))]
SetsLanes = Annotated[Identity, Depends(visitor(Right.LANES))]
SetsCameras = Annotated[Identity, Depends(visitor(Right.SETUP))]
Decides = Annotated[Identity, Depends(visitor(Right.DECIDE))]
KeepsEvidence = Annotated[Identity, Depends(visitor(Right.EVIDENCE))]
KeepsRegister = Annotated[Identity, Depends(visitor(Right.REGISTER))]
KeepsTickets = Annotated[Identity, Depends(visitor(Right.TICKETS))]
SpeaksOfYards = Annotated[Identity, Depends(visitor(Right.YARDS))]
BringsPlans = Annotated[Identity, Depends(visitor(Right.SURGE_PLAN))]
KeepsAccounts = Annotated[Identity, Depends(visitor(Right.ACCOUNTS))]
ListsPlates = Annotated[Identity, Depends(visitor(Right.ACCESS))]
SeesAudit = Annotated[Identity, Depends(visitor(Right.AUDIT))]
PublishesReports = Annotated[Identity, Depends(visitor(Right.REPORTS))]
SetsUp = Annotated[Identity, Depends(visitor(Right.SETTINGS))]


def check_form(identity: Identity, csrf: str) -> None:
    """A form must carry the token of the login that it was made for."""
    if not csrf or csrf != identity.csrf_token:
        raise PageRefusedError(HTTPStatus.FORBIDDEN, "error.form_expired")


@functools.cache
def environment() -> Environment:
    """The templates."""
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # asks the disk before each part of each page
    )
    found.globals["static_version"] = _static_version()
    found.globals["kept_fragment"] = kept_fragment
    found.globals["vehicle_key"] = search_text
    return found


def _static_version() -> str:
    digest = hashlib.sha256()
    for name in (
        "console.css",
        "outcomes.css",
        "console.js",
        "live.js",
        "bell.js",
        "decide.css",
        "decide.js",
        "icons.svg",
        "devices.css",
        "region.css",
        "region.js",
        "tickets.css",
        "traffic.css",
        "search.css",
        "reports.css",
        "setup.css",
    ):
        digest.update((HERE / "static" / name).read_bytes())
    return digest.hexdigest()[:12]


def say_for(request: Request) -> Say:
    """Who speaks to this visitor: the language of the cookie, the time of now."""
    return say_in(web_of(request), choose_language(request.cookies.get("language")))


def say_in(web: Web, language: Language) -> Say:
    """Who speaks that language, at the time of now."""
    return Say(words_of(language), utc_offset_h=web.settings.utc_offset_h, now=datetime.now(UTC))


def fragment(template: str, say: Say, **context: Any) -> str:  # noqa: ANN401 - templates take anything
    """A part of a page as HTML."""
    return environment().get_template(template).render(t=say.words, say=say, **context)


def kept_fragment(template: str, key: tuple[object, ...], say: Say, **context: Any) -> Markup:  # noqa: ANN401 - as above
    """A part of a page that stays the same as long as `key`, the language and the day do: drawn once."""
    name = (template, say.words.language, say.zone, say.today, key)
    if name not in _KEPT:
        if len(_KEPT) >= _KEPT_AT_MOST:
            _KEPT.clear()
        _KEPT[name] = Markup(fragment(template, say, **context))  # noqa: S704 - drawn by a template of ours
    return _KEPT[name]


def render(
    request: Request,
    template: str,
    identity: Identity | None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,  # noqa: ANN401 - templates take anything
) -> HTMLResponse:
    """A whole page."""
    say = say_for(request)
    theme = request.cookies.get("theme", "auto")
    html = fragment(
        template,
        say,
        me=identity,
        rights={right.value for right in Right if identity is not None and identity.may(right)},
        languages=LANGUAGES,
        theme=theme if theme in THEMES else "auto",
        here=request.url.path,
        back=quote(request.url.path + (f"?{request.url.query}" if request.url.query else "")),
        summary=summary_for(web_of(request), say, identity),
        **context,
    )
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def summary_for(web: Web, say: Say, identity: Identity | None) -> Summary | None:
    """The figures in the head of the page; None for those who may not see them."""
    if identity is None or not identity.may(Right.DEVICES):
        return None
    with_traffic = identity.may(Right.TRAFFIC)
    return web.figures.summary(since=say.midnight(say.today), now=say.now, with_traffic=with_traffic)


def local_path(wanted: str | None) -> str:
    """A path of our own to go on to; the first page for anything else."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return "/"
    return wanted


def with_query(path: str, **values: str | None) -> str:
    """`path` with those values that are set."""
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path


def on_see_other(request: Request, error: Exception) -> Response:
    """Go elsewhere; a part that a script asked for makes the whole page go."""
    assert isinstance(error, SeeOtherError)
    if "hx-request" in request.headers:
        return Response(status_code=HTTPStatus.OK, headers={"HX-Redirect": error.location})
    return RedirectResponse(error.location, HTTPStatus.SEE_OTHER)


def on_refused(request: Request, error: Exception) -> Response:
    """Say in words why there is no page."""
    assert isinstance(error, PageRefusedError)
    return render(request, "error.html", identity_of(request), status=error.status, key=error.key)
