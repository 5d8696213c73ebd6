"""Yards and traffic: stock, level of surge with its playbook, forecast, counters, what people say, what if."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.auth import Identity
from central.console.page import PageRefusedError, SeesTraffic, SpeaksOfYards, check_form, render, say_for, with_query
from central.console.say import Say
from central.console.traffic_paper import surge_pdf
from central.console.traffic_view import (
    AHEAD_H,
    SHOWN_H,
    chart_of,
    doubt_text,
    doubted,
    figures_of,
    flow_place,
    flow_url,
    hour_rows,
    last_hours,
    passages_url,
    said,
    standing,
    surge_view,
)
from central.print.document import PDF
from central.rights import Right
from central.store.traffic_records import StatementKind
from central.traffic.desk import LONGEST_STATEMENT, TrafficDesk, TrafficRefusedError
from central.traffic.outlook import Asked, NoModelError, WhatIf, outlook_of, what_if_of
from central.traffic.what_if import Assumption
from central.traffic.yards import known_sites, missed, yard_of
from central.web import web_of
from contract.errors import ConfigError
from contract.messages import Direction

traffic_routes = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=600)]
Asks = Annotated[str, Query(max_length=63)]
Number = Annotated[int, Path(ge=1, lt=2**63)]
STATEMENT_HOURS = (1, 2, 4, 8, 12, 24, 48, 72)
_USUAL_H = 4
_SAID_BACK = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Question:
    """What if: the day (empty: nothing is asked), what is changed, and the answer or why there is none."""

    day: str
    asked: Asked
    answer: WhatIf | None = None
    problem: str = ""


@traffic_routes.get("/traffic")
def traffic_page(
    request: Request,
    me: SeesTraffic,
    *,
    site: Asks = "",
    day: Asks = "",
    more_lanes: Annotated[int, Query(ge=0, le=20)] = 1,
    earlier_min: Annotated[int, Query(ge=0, le=1440)] = 0,
) -> HTMLResponse:
    """The yards of one gate, or of all; `day` asks what if."""
    asked = Asked(more_lanes, earlier_min)
    question = Question(day, asked)
    if day:
        try:
            question = Question(day, asked, _what_if(request, _site(request, site), day, asked))
        except NoModelError as error:
            question = Question(day, asked, problem=f"no_model.{error.code}")
    return _page(request, me, site, question)


@traffic_routes.get("/traffic/pdf")
def traffic_paper(request: Request, me: SeesTraffic) -> Response:
    """The level, its playbook and the figures as a paper, in the language of the page."""
    web, say = web_of(request), say_for(request)
    view = surge_view(web.store, web.traffic, say)
    if view is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "traffic.no_level")
    try:
        pdf = surge_pdf(web.store, view, say, utc_offset_h=web.settings.utc_offset_h, made_by=me.name)
    except ConfigError as error:
        raise PageRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "error.no_fonts") from error
    name = f"cap-luu-luong-{say.now.astimezone(say.zone):%Y%m%d-%H%M}.pdf"
    return Response(pdf, media_type=PDF, headers={"Content-Disposition": f"inline; filename={name}"})


@traffic_routes.post("/traffic/counts")
def add_count(
    request: Request,
    me: SpeaksOfYards,
    *,
    site: Text = "",
    vehicles: Text = "",
    at: Text = "",
    note: Text = "",
    csrf: Text = "",
) -> Response:
    """So many vehicles stand in the yards of a gate."""
    check_form(me, csrf)
    say = say_for(request)
    number = int(vehicles) if vehicles.strip().isdecimal() else -1
    return _do(request, me, site, lambda desk: desk.count(site, number, at=_moment(say, at), note=note, now=say.now))


@traffic_routes.post("/traffic/counts/{count_id}/withdraw")
def withdraw_count(request: Request, me: SpeaksOfYards, count_id: Number, site: Text = "", csrf: Text = "") -> Response:
    """A count was wrong."""
    check_form(me, csrf)
    return _do(request, me, site, lambda desk: desk.withdraw_count(count_id, now=say_for(request).now))


@traffic_routes.post("/traffic/statements")
def add_statement(
    request: Request,
    me: SpeaksOfYards,
    *,
    kind: Text = "",
    hours: Annotated[int, Form(ge=1, le=72)] = _USUAL_H,
    note: Text = "",
    site: Text = "",
    csrf: Text = "",
) -> Response:
    """Vehicles queue on the road, or the Chinese side takes none."""
    check_form(me, csrf)
    if kind not in {one.value for one in StatementKind}:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    now = say_for(request).now
    until = now + min(timedelta(hours=hours), LONGEST_STATEMENT)
    return _do(request, me, site, lambda desk: desk.say(StatementKind(kind), until=until, note=note, now=now))


@traffic_routes.post("/traffic/statements/{statement_id}/end")
def end_statement(
    request: Request,
    me: SpeaksOfYards,
    statement_id: Number,
    *,
    mistake: Text = "",
    site: Text = "",
    csrf: Text = "",
) -> Response:
    """It is over, or never was so."""
    check_form(me, csrf)
    now = say_for(request).now
    return _do(request, me, site, lambda desk: desk.end_statement(statement_id, was_mistake=bool(mistake), now=now))


@traffic_routes.post("/traffic/playbook")
def tick(
    request: Request,
    me: SpeaksOfYards,
    *,
    since: Text = "",
    plan: Text = "",
    action: Annotated[int, Form(ge=0, le=100)] = 0,
    site: Text = "",
    csrf: Text = "",
) -> Response:
    """An action of the playbook is done."""
    check_form(me, csrf)
    try:
        began_at = datetime.fromisoformat(since)
    except ValueError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
    return _do(request, me, site, lambda desk: desk.tick(began_at, plan, action, now=say_for(request).now))


@traffic_routes.post("/traffic/playbook/{tick_id}/undo")
def untick(request: Request, me: SpeaksOfYards, tick_id: Number, site: Text = "", csrf: Text = "") -> Response:
    """It is not done after all."""
    check_form(me, csrf)
    return _do(request, me, site, lambda desk: desk.untick(tick_id, now=say_for(request).now))


def _do(request: Request, me: Identity, site: str, do: Callable[[TrafficDesk], object]) -> Response:
    """Do it and show the page; what is refused stands on it in words."""
    web = web_of(request)
    try:
        do(TrafficDesk(web.store, web.traffic, web.settings.utc_offset_h, actor=me.name))
    except TrafficRefusedError as error:
        problem = f"traffic_refusal.{error.refusal.value}"
        return _page(request, me, site, problem=problem)
    return RedirectResponse(with_query("/traffic", site=site), HTTPStatus.SEE_OTHER)


def _page(
    request: Request, me: Identity, site: str, question: Question | None = None, *, problem: str = ""
) -> HTMLResponse:
    web, say = web_of(request), say_for(request)
    store, sites, chosen = web.store, known_sites(web.store), _site(request, site)
    view = surge_view(store, web.traffic, say)
    stocks = view.state.stocks if view else {}
    known = [stock for one, stock in stocks.items() if chosen in ("", one) and stock is not None]
    outlook = outlook_of(store, chosen or None, say.now, web.settings.utc_offset_h, stock=sum(known), hours=AHEAD_H)
    rows = hour_rows(outlook)
    flows = last_hours(store, say.now, chosen or None)
    statements = store.surge.statements(ending_after=say.now - _SAID_BACK)
    return render(
        request,
        "traffic.html",
        me,
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        problem=problem,
        question=question or Question("", Asked(more_lanes=1)),
        site=chosen,
        sites=sites,
        stocks=stocks,
        yard=yard_of(store, chosen, say.now, web.traffic) if chosen else None,
        view=view,
        figures=figures_of(view, say) if view else {},
        may_speak=me.may(Right.YARDS),
        counts=store.surge.counts(chosen, limit=8) if chosen else (),
        statements=standing(statements, say.now),
        earlier=[one for one in statements if not one.holds(say.now)],
        rows=rows,
        chart=chart_of(rows, say),
        error=outlook.error,
        flows=flows,
        doubts=doubted(flows),
        changes=store.surge.changes(limit=12),
        after=store.events.latest_id(),
        yesterday=say.today - timedelta(days=1),
        valid_days=web.traffic.count_valid_days,
        **_words(say, sites),
    )


def _words(say: Say, sites: tuple[str, ...]) -> dict[str, Any]:
    """What the templates call."""
    return {
        "kinds": tuple(StatementKind),
        "hours_choice": STATEMENT_HOURS,
        "usual_h": _USUAL_H,
        "ahead_h": AHEAD_H,
        "assumptions": tuple(Assumption),
        "directions": tuple(Direction),
        "said_in": lambda text: said(text, say),
        "place": lambda flow: flow_place(flow, say),
        "doubt_lines": lambda flow: doubt_text(flow, say),
        "flow_url": lambda flow: flow_url(flow, say),
        "missed": missed,
        "hour_url": lambda at, way, site: passages_url(
            say, site=site, since=at, until=at + timedelta(hours=1), direction=way
        ),
        "span_url": lambda site, since, until, way: passages_url(
            say, site=site, since=since, until=until, direction=way
        ),
        "one_site": sites[0] if len(sites) == 1 else "",
        "shown_h": SHOWN_H,
    }


def _site(request: Request, site: str) -> str:
    """The gate that is asked for; the only one where there is one; empty for all."""
    sites = known_sites(web_of(request).store)
    return site if site in sites else sites[0] if len(sites) == 1 else ""


def _what_if(request: Request, site: str, day: str, asked: Asked) -> WhatIf:
    web, say = web_of(request), say_for(request)
    try:
        began_at = say.midnight(date.fromisoformat(day))
    except (ValueError, OverflowError) as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
    return what_if_of(web.store, web.traffic, site, began_at, (asked,))


def _moment(say: Say, text: str) -> datetime | None:
    """A minute at the gates, as a field of a form has it; None where it is empty."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=say.zone)
    except ValueError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
