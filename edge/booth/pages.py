"""The booth's pages: log in, the lanes as they are now, open with a reason."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from contract.errors import ConfigError, StoreError
from edge.booth.board import Board, LaneView
from edge.booth.guard import HEADERS, Guard
from edge.booth.logins import SESSION_S, LoginRefusedError, Logins, Session
from edge.booth.openings import FORM_S, Opened, OpeningRefusedError, Openings
from edge.booth.settings import BoothSettings
from edge.booth.vitals import findings, level_of, level_of_barrier
from edge.booth.words import LANGUAGES, Say, choose_language

log = structlog.get_logger(__name__)
HERE: Final = Path(__file__).parent
COOKIE: Final = "smartgate_booth"
REASONS: Final = ("papers", "unread", "link", "official", "emergency", "trial", "other")
"""Why a person opens; `other` needs words of their own."""
_MOST_WORDS: Final = 200
_PICTURE: Final = {"Cache-Control": "private, max-age=86400, immutable"}
"""A picture named by its hash never changes."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What every request uses; kept in `app.state.parts`."""

    title: str
    settings: BoothSettings
    board: Board
    openings: Openings
    logins: Logins
    templates: Environment


class _Asked(BaseModel):
    """The form that opens. What is not there is told as missing, not as a mistake of the browser."""

    csrf: str = ""
    form: str = ""
    reason: str = ""
    words: str = ""


class _LogInFirstError(Exception):
    """Nobody is logged in."""


class _RefusedError(Exception):
    """A page that cannot be shown; `error.<key>` names the sentence."""

    def __init__(self, status: HTTPStatus, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


def create_app(title: str, settings: BoothSettings, board: Board, openings: Openings, logins: Logins) -> FastAPI:
    """The pages of one node; `title` names its gate."""
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["static_version"] = _static_version()
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.parts = Parts(title, settings, board, openings, logins, templates)
    app.include_router(_routes)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.add_exception_handler(_LogInFirstError, _on_log_in_first)
    app.add_exception_handler(_RefusedError, _on_refused)
    app.add_exception_handler(ConfigError, _on_config_error)
    app.add_exception_handler(RequestValidationError, _on_nonsense)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_fault)
    app.add_middleware(Guard)
    return app


def _static_version() -> str:
    digest = hashlib.sha256()
    for path in sorted((HERE / "static").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _parts(request: Request) -> Parts:
    parts = request.app.state.parts
    assert isinstance(parts, Parts)
    return parts


def _say(request: Request) -> Say:
    return Say(choose_language(request.cookies.get("language")), _parts(request).settings.utc_offset_h)


def _session(request: Request) -> Session | None:
    token = request.cookies.get(COOKIE)
    return _parts(request).logins.session(token) if token else None


def _visitor(request: Request) -> Session:
    session = _session(request)
    if session is None:
        raise _LogInFirstError
    return session


def _operator(request: Request) -> Session:
    session = _visitor(request)
    if not session.operates:
        raise _RefusedError(HTTPStatus.FORBIDDEN, "role")
    return session


Visitor = Annotated[Session, Depends(_visitor)]
Operator = Annotated[Session, Depends(_operator)]
Text = Annotated[str, Form()]
_routes = APIRouter()


def _render(
    request: Request,
    template: str,
    session: Session | None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,  # noqa: ANN401 - templates take anything
) -> HTMLResponse:
    html = _html(request, template, me=session, languages=LANGUAGES, back=request.url.path, **context)
    return HTMLResponse(html, status)


def _html(request: Request, template: str, **context: Any) -> str:  # noqa: ANN401 - templates take anything
    parts = _parts(request)
    return parts.templates.get_template(template).render(
        t=_say(request),
        title=parts.title,
        now=datetime.now(UTC),
        now_s=time.monotonic(),
        level_of=level_of,
        level_of_barrier=level_of_barrier,
        **context,
    )


@_routes.get("/login")
def login_page(request: Request) -> HTMLResponse:
    """Where one logs in."""
    return _render(request, "login.html", None, problem=None, wait_s=0, name="")


@_routes.post("/login")
def log_in(request: Request, user: Text = "", password: Text = "") -> Response:
    """Let somebody in, or say why not."""
    parts, name = _parts(request), user.strip()[:64]
    address = request.client.host if request.client else "?"
    try:
        token = parts.logins.log_in(name, password, address=address)
    except LoginRefusedError as error:
        log.warning("login at the booth refused", address=address, reason=str(error))
        status = HTTPStatus.TOO_MANY_REQUESTS if error.retry_after_s else HTTPStatus.UNAUTHORIZED
        problem = "login.wait" if error.retry_after_s else "login.wrong"
        page = _render(
            request, "login.html", None, status=status, problem=problem, wait_s=error.retry_after_s, name=name
        )
        if error.retry_after_s:
            page.headers["Retry-After"] = str(error.retry_after_s)
        return page
    log.info("logged in at the booth", person=name, address=address)
    answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE, token, max_age=SESSION_S, httponly=True, samesite="strict", secure=parts.settings.encrypted
    )
    return answer


@_routes.post("/logout")
def log_out(request: Request, me: Visitor, csrf: Text = "") -> Response:
    """End the session."""
    _check_form(me, csrf)
    _parts(request).logins.log_out(request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE)
    return answer


@_routes.get("/language/{language}")
def language(request: Request, language: str, back: str = "/") -> Response:
    """Speak another language from now on."""
    here = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
    answer = RedirectResponse(here, HTTPStatus.SEE_OTHER)
    encrypted = _parts(request).settings.encrypted
    answer.set_cookie(
        "language", choose_language(language), max_age=365 * 86400, httponly=True, samesite="lax", secure=encrypted
    )
    return answer


@_routes.get("/")
def board_page(request: Request, me: Visitor, opened: UUID | None = None) -> HTMLResponse:
    """The lanes and the node, as they are now."""
    return _render(request, "board.html", me, opened=_opened(request, me, opened), **_state(request))


@_routes.get("/now")
def now(request: Request, me: Visitor, opened: UUID | None = None) -> JSONResponse:
    """The parts of the page that change; its script asks for them every two seconds."""
    context = _state(request) | {"me": me, "opened": _opened(request, me, opened)}
    parts = {name: _html(request, f"_{name}.html", **context) for name in ("opened", "lanes", "vitals")}
    return JSONResponse(parts | {"now": datetime.now(UTC).timestamp()})


def _state(request: Request) -> dict[str, Any]:
    board = _parts(request).board
    told = findings(board.metrics, connected=board.source.connected(), now_s=time.monotonic())
    return {"lanes": board.lanes(), "vitals": told, "began_at": board.began_at}


def _opened(request: Request, me: Session, form_id: UUID | None) -> tuple[Opened, LaneView] | None:
    """What this person opened a moment ago, and its lane."""
    parts = _parts(request)
    opened = parts.openings.opened(form_id) if form_id is not None else None
    if opened is None or opened.actor != me.name or (datetime.now(UTC) - opened.asked_at).total_seconds() > FORM_S:
        return None
    lane = parts.board.lane(opened.lane)
    return (opened, lane) if lane is not None else None


@_routes.get("/open/{lane}")
def open_page(request: Request, me: Operator, lane: str) -> HTMLResponse:
    """Ask for the reason."""
    return _ask(request, me, _lane(request, lane))


@_routes.post("/open/{lane}")
def open_lane(request: Request, me: Operator, lane: str, asked: Annotated[_Asked, Form()]) -> Response:
    """Open a lane's barrier for what stands there."""
    _check_form(me, asked.csrf)
    view, reason, words = _lane(request, lane), asked.reason, _printable(asked.words)[:_MOST_WORDS]
    problem = "reason_needed" if reason not in REASONS else "words_needed" if reason == "other" and not words else None
    if problem is not None:
        return _ask(request, me, view, problem=problem, reason=reason, words=words)
    t = _say(request)
    why = t(f"reason.{reason}")
    told = words if reason == "other" else f"{why}: {words}" if words else why
    try:
        opened = _parts(request).openings.open(UUID(asked.form), lane, actor=me.name, reason=told)
    except (OpeningRefusedError, ValueError):
        return _ask(request, me, view, problem="form_expired", reason=reason, words=words)
    return RedirectResponse(f"/?opened={opened.opening_id}", HTTPStatus.SEE_OTHER)


def _printable(words: str) -> str:
    """On one line, and without signs that no person writes."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def _ask(
    request: Request, me: Session, view: LaneView, *, problem: str | None = None, reason: str = "", words: str = ""
) -> HTMLResponse:
    form = _parts(request).openings.new_form(view.info.lane, me.name)
    return _render(
        request,
        "open.html",
        me,
        status=HTTPStatus.OK if problem is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        lane=view,
        form=form,
        reasons=REASONS,
        most_words=_MOST_WORDS,
        problem=problem,
        reason=reason,
        words=words,
    )


@_routes.get("/picture/{sha256}")
def picture(request: Request, me: Operator, sha256: str) -> Response:  # noqa: ARG001 - `me`: who may see it
    """A picture of a vehicle that the page shows."""
    try:
        jpeg = _parts(request).board.picture(sha256)
    except StoreError as error:
        log.warning("a picture is not shown at the booth", reason=str(error))
        jpeg = None
    return _jpeg(jpeg, _PICTURE)


@_routes.get("/camera/{camera}")
def camera_picture(request: Request, me: Visitor, camera: str) -> Response:  # noqa: ARG001 - `me`: who may see it
    """The last small picture of a camera."""
    return _jpeg(_parts(request).board.camera_picture(camera), {})


def _jpeg(jpeg: bytes | None, headers: dict[str, str]) -> Response:
    if jpeg is None:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    return Response(jpeg, media_type="image/jpeg", headers=headers)


def _lane(request: Request, lane: str) -> LaneView:
    view = _parts(request).board.lane(lane)
    if view is None:
        raise _RefusedError(HTTPStatus.NOT_FOUND, "not_found")
    if view.barrier is None:
        raise _RefusedError(HTTPStatus.NOT_FOUND, "no_barrier")
    return view


def _check_form(me: Session, csrf: str) -> None:
    """A form must carry the token of the session that it was made for."""
    if not csrf.isascii() or csrf != me.csrf:
        raise _RefusedError(HTTPStatus.FORBIDDEN, "form")


def _on_log_in_first(request: Request, _error: Exception) -> Response:
    if request.url.path == "/now":
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    return RedirectResponse("/login", HTTPStatus.SEE_OTHER)


def _error_page(request: Request, status: int, key: str) -> Response:
    return _render(request, "error.html", None, status=HTTPStatus(status), key=f"error.{key}")


def _on_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, _RefusedError)
    return _error_page(request, error.status, error.key)


def _on_config_error(request: Request, error: Exception) -> Response:
    log.error("nobody can log in at the booth", reason=str(error))
    return _error_page(request, HTTPStatus.SERVICE_UNAVAILABLE, "persons")


def _on_nonsense(request: Request, _error: Exception) -> Response:
    return _error_page(request, HTTPStatus.BAD_REQUEST, "form")


def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error_page(request, error.status_code, "not_found" if error.status_code < 500 else "fault")


def _on_fault(request: Request, error: Exception) -> Response:
    log.error("the booth page failed", path=request.url.path, exc_info=error)
    page = _error_page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "fault")
    page.headers.update(HEADERS)  # this answer is made outside the guard
    return page
