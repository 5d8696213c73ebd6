"""Repair or replace: every device in use with its verdict, its reasons and who answers for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from central.console.page import PageRefusedError, SeesDevices, render, say_for, with_query
from central.console.say import Say
from central.console.words import words_of
from central.fleet.register.sentences import day_text, value_text
from central.fleet.repair.assess import RepairList, repair_list
from central.fleet.repair.paper import cost_lines, repair_pdf, repair_workbook, sign_text, total_text
from central.fleet.repair.rules import Verdict
from central.print.document import PDF
from central.print.workbook import XLSX
from central.store.register_records import UnitRecord
from central.web import web_of
from contract.errors import ConfigError
from contract.vocabulary import SLUG_PATTERN

repair_routes = APIRouter(include_in_schema=False)
_PERIODS = (30, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which list: over how many days, of which border gate; 0 and empty for the usual one."""

    days: int
    site: str


def _asked(days: Annotated[int, Query(ge=0, le=366)] = 0, site: Annotated[str, Query(max_length=63)] = "") -> Asked:
    return Asked(days, site if re.fullmatch(SLUG_PATTERN, site) else "")


Wanted = Annotated[Asked, Depends(_asked)]


@repair_routes.get("/devices/repair")
def repair_page(request: Request, me: SeesDevices, asked: Wanted) -> HTMLResponse:
    """The list, the gravest verdict first."""
    web, say = web_of(request), say_for(request)
    found = _list(request, asked)
    query = {"days": str(asked.days) if asked.days else None, "site": asked.site}
    return render(
        request,
        "repair.html",
        me,
        found=found,
        verdicts=tuple(Verdict),
        periods=sorted({*_PERIODS, web.repair.period_days}),
        days=asked.days or web.repair.period_days,
        site=asked.site,
        sites=sorted({device.site for device in web.store.register.list()}),
        pdf=with_query("/devices/repair/pdf", **query),
        xlsx=with_query("/devices/repair/xlsx", **query),
        total=total_text(say.words, found),
        costs=cost_lines(say.words, found),
        sign=lambda sign, one: sign_text(say.words, sign, one.figures),
        amount=lambda value: value_text(say.words, "cost_vnd", value),
        day=day_text,
        counted=_how_counted(say, web.store.traffic.first_hour(), found.since),
        unit=lambda name: (web.store.register.unit(name) or UnitRecord(name)) if name else None,
    )


@repair_routes.get("/devices/repair/pdf")
def repair_paper(request: Request, _: SeesDevices, asked: Wanted) -> Response:
    """The paper to sign; in Vietnamese, whatever the language of the pages."""
    try:
        pdf = repair_pdf(_list(request, asked), web_of(request).repair, words_of("vi"))
    except ConfigError as error:
        raise PageRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "error.no_fonts") from error
    return Response(pdf, media_type=PDF, headers={"Content-Disposition": "inline; filename=sua-chua-thay-the.pdf"})


@repair_routes.get("/devices/repair/xlsx")
def repair_table(request: Request, _: SeesDevices, asked: Wanted) -> Response:
    """The same with all figures, in Vietnamese."""
    content = repair_workbook(_list(request, asked), words_of("vi"))
    headers = {"Content-Disposition": "attachment; filename=sua-chua-thay-the.xlsx"}
    return Response(content, media_type=XLSX, headers=headers)


def _how_counted(say: Say, first_hour: datetime | None, since: date) -> str:
    """What the vehicles of a lane are: hours that are kept, passages, or both."""
    if first_hour is None:
        return say.words("repair.counted_passages")
    if first_hour <= say.midnight(since):
        return say.words("repair.counted_hours")
    return say.words("repair.counted_both", at=say.full_time(first_hour))


def _list(request: Request, asked: Asked) -> RepairList:
    web, say = web_of(request), say_for(request)
    return repair_list(web.store, web.repair, say.now, say.zone, days=asked.days or None, site=asked.site or None)
