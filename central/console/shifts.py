"""Shift handover: the one who goes leaves it with notes, the one who comes signs for it."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from central.audit import tell
from central.console.page import PageRefusedError, SeesTraffic, check_form, render, say_for
from central.console.reports import OneReport, Typed, content_of, desk_of, refused
from central.console.say import Say
from central.reports import handover, shift_paper
from central.reports.desk import ReportRefusedError
from central.reports.texts import full
from central.store.report_records import ReportKind
from central.web import web_of

shift_routes = APIRouter(include_in_schema=False)


@shift_routes.post("/shifts")
def hand_over(
    request: Request,
    me: SeesTraffic,
    *,
    site: Typed = "",
    since: Typed = "",
    until: Typed = "",
    notes: Annotated[str, Form(max_length=5000)] = "",
    csrf: Typed = "",
) -> RedirectResponse:
    """Sign a shift off."""
    check_form(me, csrf)
    web, say = web_of(request), say_for(request)
    if site and site not in web.store.lanes.sites():
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    begins, ends = _moment(say, since), _moment(say, until)
    try:
        made = desk_of(web).hand_over(site, begins, ends, actor=me.name, notes=notes)
    except ReportRefusedError as error:
        raise refused(error) from error
    told = {"site": site, "since": begins.isoformat(), "until": ends.isoformat(), "sha256": made.sha256}
    tell(request, f"shift {made.report_id}", after=told)
    return RedirectResponse(f"/shifts/{made.report_id}", HTTPStatus.SEE_OTHER)


@shift_routes.get("/shifts/{number}")
def shift_page(request: Request, me: SeesTraffic, record: OneReport) -> HTMLResponse:
    """One handover, as it was signed."""
    if record.kind is not ReportKind.SHIFT:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "report_refusal.gone")
    say = say_for(request)
    one = handover.read(content_of(request, record))
    return render(
        request,
        "shift.html",
        me,
        record=record,
        shift=one,
        span=say.words("shift.span", since=full(say, one.since), until=full(say, one.until)),
        gates=say.words("shift.gates", gate=shift_paper.gates_text(say, one)),
        open_lines=shift_paper.open_lines(say, one),
        lane_lines=shift_paper.lane_lines(say, one),
        camera_lines=shift_paper.camera_lines(say, one),
        ticket_lines=shift_paper.ticket_lines(say, one),
        outcome_lines=shift_paper.outcome_lines(say, one),
        opening_lines=shift_paper.opening_lines(say, one),
        rows=shift_paper.shift_rows(say, one.bulletin),
        made=full(say, record.made_at),
        taken=full(say, record.published_at) if record.published_at is not None else None,
        may_take=record.published_at is None and record.made_by != me.name,
    )


@shift_routes.post("/shifts/{number}/take")
def take_over(
    request: Request, me: SeesTraffic, record: OneReport, *, remark: Typed = "", csrf: Typed = ""
) -> RedirectResponse:
    """Sign a shift on."""
    check_form(me, csrf)
    if record.kind is not ReportKind.SHIFT:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "report_refusal.gone")
    try:
        done = desk_of(web_of(request)).take_over(record.report_id, actor=me.name, remark=remark)
    except ReportRefusedError as error:
        raise refused(error) from error
    tell(request, f"shift {done.report_id}", after={"sha256": done.sha256, "remark": done.remark})
    return RedirectResponse(f"/shifts/{done.report_id}", HTTPStatus.SEE_OTHER)


def _moment(say: Say, text: str) -> datetime:
    """A time of the place, as a browser's field writes it: `2026-05-06T20:00`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "report_refusal.bad_span") from error
    return (found if found.tzinfo else found.replace(tzinfo=say.zone)).astimezone(UTC)
