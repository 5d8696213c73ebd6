"""Who changed what: each request that may change something leaves a row, whether its part tells of it or not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.auth import Identity
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.setup_records import Values

log = structlog.get_logger(__name__)
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LEAVES_NO_ROW: Final = frozenset(
    {
        "POST /cameras/{site}/{node}/{camera}/region/check",  # what is wrong with a drawing; nothing is kept
        "POST /access-lists/import/preview",  # what a file would put on the list; nothing is written
        "POST /platform/mapping/{source}/preview",  # what would be read; nothing is kept
        "POST /platform/preview",  # what would be read; nothing is kept
        "POST /setup/node",  # writes a file for somebody to take along; nothing is kept
        "POST /traffic/plan/check",  # what is wrong with a plan, or would change; nothing does
        "POST /sheets",  # which sheet a file is; nothing is kept
        "POST /retention/preview",  # what would be deleted; nothing is
        "POST /api/v1/declarations",  # each version is kept whole, and there are thousands a day
    }
)
"""Requests that change nothing, or whose every change is on record elsewhere."""
_SECRET: Final = frozenset({"password", "old", "new", "key", "token", "secret"})
_LEFT_OUT: Final = frozenset({"csrf"})
_HIDDEN: Final = "***"
_LOGIN_IN_ADDRESS: Final = re.compile(r"(?<=://)[^\s/@]*:[^\s@]*(?=@)")
_LONGEST: Final = 500
_MOST_BYTES: Final = 64_000
"""Of a form; what is longer is a file, or not worth a row."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the part that changed something says of it."""

    subject: str
    before: Values | None
    after: Values | None


_NOTHING: Final = Told("", None, None)


def tell(
    connection: HTTPConnection, subject: str, *, before: Values | None = None, after: Values | None = None
) -> None:
    """Say what this request changes: the row in the log carries it in place of what was asked for."""
    connection.state.told = Told(subject, before, after)


def tell_nothing(connection: HTTPConnection) -> None:
    """Say that this request changed nothing, though its answer is no error: it leaves no row."""
    connection.state.told = _NOTHING


class AuditTrail:
    """Writes the row after the change and before the answer: what is seen to be done is on record."""

    def __init__(self, app: ASGIApp, *, store: Store) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and note what became of it."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        asked = bytearray()
        is_lost = False

        async def overhear() -> Message:
            message = await receive()
            if len(asked) <= _MOST_BYTES:
                asked.extend(message.get("body", b""))
            return message

        async def answer(message: Message) -> None:
            nonlocal is_lost
            if message["type"] == "http.response.start" and message["status"] < HTTPStatus.BAD_REQUEST:
                try:
                    await run_in_threadpool(self._note, scope, bytes(asked))
                except StoreUnavailable as error:
                    is_lost = True
                    log.error("done, but not on record", path=scope["path"], reason=str(error))  # noqa: TRY400 - no bug
                    said = f"this was done, but could not be put on record: {error}"
                    await JSONResponse({"detail": said}, HTTPStatus.SERVICE_UNAVAILABLE)(scope, receive, send)
            if not is_lost:
                await send(message)

        await self._app(scope, overhear, answer)

    def _note(self, scope: Scope, body: bytes) -> None:
        connection = HTTPConnection(scope)
        deed = deed_of(scope)
        if deed in LEAVES_NO_ROW:
            return
        told: Told | None = getattr(connection.state, "told", None)
        if told is _NOTHING:
            return
        names = [str(value) for value in scope.get("path_params", {}).values()]
        with self._store.transaction() as transaction:
            self._store.audit.add(
                transaction,
                deed,
                actor=actor_of(getattr(connection.state, "asking", None)),
                subject=told.subject if told else "/".join(names),
                before=harmless(told.before) if told and told.before is not None else None,
                after=harmless(told.after if told else asked_for(connection.headers.get("content-type", ""), body)),
            )


def deed_of(scope: Scope) -> str:
    """Method and route, e.g. `POST /users/{user_id}/role`."""
    path: str = scope["path"]
    route: str = getattr(scope.get("route"), "path", path)
    # a route does not know below which prefix its router stands
    above = path.split("/")[: path.count("/") - route.count("/") + 1]
    return f"{scope['method']} {'/'.join(above)}{route}"


def actor_of(identity: Identity | None) -> str:
    """A person by name, a program as `key:` and the name of its key."""
    if identity is None:
        return "?"
    return identity.name if identity.user is not None else f"key:{identity.name}"


def asked_for(media_type: str, body: bytes) -> dict[str, Any]:
    """What a form or an object of JSON carries; nothing of a file."""
    if len(body) > _MOST_BYTES:
        return {}
    try:
        if media_type.startswith("application/x-www-form-urlencoded"):
            fields: dict[str, Any] = {}
            for name, value in parse_qsl(body.decode(), keep_blank_values=True):
                fields[name] = f"{fields[name]}, {value}" if name in fields else value
            return fields
        found = json.loads(body) if media_type.startswith("application/json") and body else {}
    except ValueError:  # also bytes that are no text
        return {}
    return found if isinstance(found, dict) else {}


def harmless(values: Values | None) -> Values:
    """Without what may not stand in a log, and no longer than people read."""
    return {
        name: _HIDDEN if name in _SECRET else _shown(value)
        for name, value in (values or {}).items()
        if name not in _LEFT_OUT
    }


def _shown(value: object) -> object:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, Mapping | list | tuple):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = _LOGIN_IN_ADDRESS.sub(_HIDDEN, str(value)).replace("\0", "")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
