"""What the stock of a gate is made of: what was carried over, came and left; and what people counted beside it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from central.console.page import PageRefusedError, SeesTraffic, render, say_for
from central.console.reports import OneReport, content_of
from central.console.say import Say
from central.console.traffic_view import passages_url
from central.reports import report, texts
from central.store.report_records import ReportKind
from central.traffic.flow import HOUR
from central.traffic.stock import Cause
from central.web import web_of
from contract.messages import Direction

stock_routes = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Explains:
    """An hour of a lane that explains a part of the difference; `url`: the vehicles that its camera saw."""

    where: str
    when: str
    why: str
    vehicles: int
    url: str


@stock_routes.get("/reports/{number}/stock")
def report_stock(
    request: Request, me: SeesTraffic, record: OneReport, gate: Annotated[str, Query(max_length=63)] = ""
) -> HTMLResponse:
    """The books of one gate, line by line, each with what it counts."""
    if record.kind is ReportKind.SHIFT:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "report_refusal.gone")
    say, one = say_for(request), report.read(content_of(request, record))
    stock = one.days[-1].stocks.get(gate)
    if stock is None or gate not in one.carried_over:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.not_found")
    earlier = web_of(request).store.reports.list(
        kinds=[ReportKind.DAY], published=True, before=one.since + HOUR, limit=1
    )
    came, left = (one.numbers.line(gate, way).through.count for way in (Direction.IN, Direction.OUT))
    return render(
        request,
        "report_stock.html",
        me,
        record=record,
        title=texts.title(say, one),
        gate=gate,
        carried_over=one.carried_over[gate],
        begun_at=one.since,
        before=next((found for found in earlier if found.until == one.since), None),
        came=came,
        left=left,
        stock=stock,
        between=stock.calculated - (one.carried_over[gate] + came - left),
        causes=[_explains(say, cause) for cause in stock.causes],
        standing_at=texts.as_of(say, one),
    )


def _explains(say: Say, cause: Cause) -> Explains:
    post, since = cause.flow.post, cause.flow.hour_at
    url = passages_url(say, site=post.site, since=since, until=since + HOUR, lane=post.lane, direction=post.direction)
    why = say.words(f"report_reason.{cause.reason.value}")
    return Explains(say.lane(post.lane), say.minute(since), why, cause.vehicles, url)
