"""Who did what, when, with what was there before and after: to look at, and to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from central.console.page import PageRefusedError, SeesAudit, render, say_for, with_query
from central.console.say import Say
from central.store.setup_records import AuditRecord
from central.web import web_of
from contract.errors import StoreError

audit_routes = APIRouter(include_in_schema=False)
_Text = Annotated[str, Query(max_length=200)]
_PER_PAGE = 50
_WORDED: Final = {"role": "role", "mode": "mode", "effect": "access_effect", "kind": "device_kind"}
"""Fields that hold one of a few words, and where the catalogue has them."""
_UNSAFE = ("=", "+", "-", "@", "\t", "\r")


@audit_routes.get("/audit")
def audit_page(
    request: Request,
    me: SeesAudit,
    *,
    actor: _Text = "",
    about: _Text = "",
    since: _Text = "",
    until: _Text = "",
    cursor: _Text = "",
) -> HTMLResponse:
    """The latest first."""
    store, say = web_of(request).store, say_for(request)
    filters = {"actor": actor, "about": about, "since": since, "until": until}
    try:
        page = store.audit.list(**_wanted(say, filters), cursor=cursor or None, limit=_PER_PAGE)
    except StoreError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
    return render(
        request,
        "audit.html",
        me,
        page=page,
        filters=filters,
        actors=store.audit.actors(),
        deed=lambda record: say.words.get(f"deed.{record.deed}", record.deed),
        changes=changes_of,
        written=lambda name, value: _written(say, name, value),
        next_url=with_query("/audit", **filters, cursor=page.next_cursor) if page.next_cursor else None,
        export_url=with_query("/audit/export", **filters),
        is_later_page=bool(cursor),
    )


@audit_routes.get("/audit/export")
def export(
    request: Request, _: SeesAudit, *, actor: _Text = "", about: _Text = "", since: _Text = "", until: _Text = ""
) -> Response:
    """All rows that fit, as a CSV that Excel opens as it should."""
    store, say = web_of(request).store, say_for(request)
    wanted = _wanted(say, {"actor": actor, "about": about, "since": since, "until": until})
    name = f"audit-{say.today}.csv"
    return StreamingResponse(
        _lines(store.audit.all(**wanted), say),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def changes_of(record: AuditRecord) -> list[tuple[str, object, object]]:
    """Field by field: what stood there, what stands there now; only what differs where both are known."""
    before, after = record.before or {}, record.after or {}
    names = [*before, *(name for name in after if name not in before)]
    if record.before is not None and record.after is not None:
        names = [name for name in names if before.get(name) != after.get(name)]
    return [(name, before.get(name), after.get(name)) for name in names]


def _written(say: Say, name: str, value: object) -> str:
    """A value in words where it is one of a few."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return say.words("audit.yes" if value else "audit.no")
    return say.words.get(f"{_WORDED[name]}.{value}", str(value)) if name in _WORDED else str(value)


def _wanted(say: Say, filters: dict[str, str]) -> dict[str, Any]:
    return {
        "actor": filters["actor"] or None,
        "about": filters["about"].strip() or None,
        "since": _day(say, filters["since"]),
        "until": _day(say, filters["until"], days=1),
    }


def _day(say: Say, text: str, *, days: int = 0) -> datetime | None:
    if not text:
        return None
    try:
        return say.midnight(date.fromisoformat(text) + timedelta(days=days))
    except (ValueError, OverflowError) as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error


def _lines(records: Iterator[AuditRecord], say: Say) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _line(("at", "actor", "deed", "what", "subject", "before", "after"))
    for one in records:
        told = say.words.get(f"deed.{one.deed}", "")
        values = (one.at.isoformat(), one.actor, one.deed, told, one.subject, _fields(one.before), _fields(one.after))
        yield _line(tuple(f"'{value}" if value.startswith(_UNSAFE) else value for value in values))


def _line(values: tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerow(values)
    return text.getvalue().encode()


def _fields(values: Any) -> str:  # noqa: ANN401 - JSON
    return "; ".join(f"{name}: {value}" for name, value in (values or {}).items())
