"""Reports: what was published, drafts, one report with a link behind each number, its papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.audit import tell
from central.console.board import crops_of
from central.console.page import (
    PageRefusedError,
    PublishesReports,
    SeesTraffic,
    check_form,
    render,
    say_for,
    with_query,
)
from central.console.say import Say
from central.console.words import LANGUAGES, choose_language, words_of
from central.print.document import PDF
from central.print.workbook import XLSX
from central.reports import handover, report, texts
from central.reports.bulletin import day_of
from central.reports.compose import Composer
from central.reports.desk import Refusal, ReportDesk, ReportRefusedError
from central.reports.paper import Letterhead, report_pdf
from central.reports.report import Report
from central.reports.sentences import digits, doubt_sentence, fee_sentence, sentence
from central.reports.settings import ReportSettings
from central.reports.sheets import report_workbook
from central.reports.shift_paper import shift_pdf
from central.reports.tables import CELLS, board_rows, day_rows, figure_of, stock_rows
from central.store.report_records import ReportKind, ReportRecord
from central.web import Web, web_of
from contract.errors import ConfigError
from contract.messages import Direction

report_routes = APIRouter(include_in_schema=False)
T = TypeVar("T")
Number = Annotated[int, Path(ge=1, lt=2**63)]
Typed = Annotated[str, Form(max_length=600)]
Asked = Annotated[str, Query(max_length=80)]
BULLETINS: Final = (ReportKind.DAY, ReportKind.WEEK, ReportKind.MONTH)
_LISTED: Final = 60
_PER_PAGE: Final = 50
_STATUS: Final = {Refusal.GONE: HTTPStatus.NOT_FOUND}


def desk_of(web: Web) -> ReportDesk:
    """Takes what people do with reports."""
    settings = web.config.reports if web.config is not None else ReportSettings()
    return ReportDesk(Composer(web.store, settings, web.traffic, web.settings.utc_offset_h))


def refused(error: ReportRefusedError) -> PageRefusedError:
    """A refusal as a page that says why."""
    status = _STATUS.get(error.refusal, HTTPStatus.CONFLICT)
    return PageRefusedError(status, f"report_refusal.{error.refusal.value}")


def find_report(request: Request, number: Number) -> ReportRecord:
    """The report that an address names; else the page that says that there is none."""
    found = web_of(request).store.reports.get(number)
    if found is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "report_refusal.gone")
    return found


OneReport = Annotated[ReportRecord, Depends(find_report)]


def content_of(request: Request, record: ReportRecord) -> str:
    """What a report says, as it is kept."""
    content = web_of(request).store.reports.content(record.report_id)
    assert content is not None, "nothing that is kept is deleted while a page looks at it"
    return content


@report_routes.get("/reports")
def reports_page(request: Request, me: SeesTraffic) -> HTMLResponse:
    """What was published and what is still to be, and where another one is made."""
    web, say = web_of(request), say_for(request)
    today = day_of(say.now, web.settings.utc_offset_h)
    drafts = web.store.reports.list(published=False, limit=_LISTED)
    return render(
        request,
        "reports.html",
        me,
        published=web.store.reports.list(published=True, limit=_LISTED),
        drafts=[one for one in drafts if one.kind is not ReportKind.SHIFT],
        shifts=[one for one in drafts if one.kind is ReportKind.SHIFT],
        kinds=BULLETINS,
        today=today,
        span=lambda one: span_text(say, one),
        sites=web.store.lanes.sites(),
        begin=say.midnight(say.today).astimezone(say.zone),
        now=say.now.astimezone(say.zone),
    )


@report_routes.post("/reports")
def make_report(
    request: Request, me: SeesTraffic, *, kind: Typed = "", day: Typed = "", csrf: Typed = ""
) -> RedirectResponse:
    """Make a draft of the day, week or month that a day is in."""
    check_form(me, csrf)
    try:
        wanted, of_day = ReportKind(kind), date.fromisoformat(day)
    except ValueError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
    if wanted not in BULLETINS:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    try:
        made = desk_of(web_of(request)).draft(wanted, of_day, actor=me.name)
    except ReportRefusedError as error:
        raise refused(error) from error
    tell(request, f"report {made.report_id}", after={"kind": wanted.value, "day": made.day, "sha256": made.sha256})
    return RedirectResponse(f"/reports/{made.report_id}", HTTPStatus.SEE_OTHER)


@report_routes.get("/reports/{number}")
def report_page(request: Request, me: SeesTraffic, record: OneReport) -> HTMLResponse:
    """One report, as it is kept."""
    if record.kind is ReportKind.SHIFT:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "report_refusal.gone")
    say = say_for(request)
    one = report.read(content_of(request, record))
    others = web_of(request).store.reports.of_span(record.kind, record.site, record.since, record.until)
    return render(
        request,
        "report.html",
        me,
        record=record,
        report=one,
        corrects=any(other.number is not None for other in others),
        others=[other for other in others if other.number is not None and other.report_id != record.report_id],
        taken_out=_taken_out(web_of(request), record, one),
        cells=CELLS,
        board=board_rows(one),
        stocks=stock_rows(one),
        days=tuple(day_rows(one)) if one.kind is not ReportKind.DAY else (),
        title=texts.title(say, one),
        as_of=texts.as_of(say, one),
        standing=texts.standing(say, record),
        missed=texts.missed(say, one),
        provenance=texts.provenance(say, one, record),
        said=lambda statement: sentence(say, statement, one.kind.value),
        doubt=lambda found: doubt_sentence(say, found),
        doubt_place=lambda found: texts.doubt_place(say, found),
        doubt_time=lambda found: texts.doubt_time(say, found),
        fee=lambda found: fee_sentence(say, found),
        count=lambda value: "–" if value is None else digits(say.words, value),
    )


def _taken_out(web: Web, record: ReportRecord, one: Report) -> list[tuple[str, str, datetime]]:
    """Passages that the report counts and of which a person said since then that there was no vehicle: who, when."""
    said = web.store.decisions.without_vehicle(record.made_at)
    if not said:
        return []
    counted = {key for line in one.numbers.lines for key in line.through.passage_ids}
    return [(key, by, at) for key, (by, at) in said.items() if key in counted]


@report_routes.post("/reports/{number}/publish")
def publish_report(
    request: Request, me: PublishesReports, record: OneReport, *, remark: Typed = "", csrf: Typed = ""
) -> RedirectResponse:
    """Publish a draft, or publish it as a correction."""
    check_form(me, csrf)
    try:
        done = desk_of(web_of(request)).publish(record.report_id, actor=me.name, remark=remark)
    except ReportRefusedError as error:
        raise refused(error) from error
    tell(
        request,
        f"report {done.report_id}",
        before={"number": None},
        after={"number": done.number, "sha256": done.sha256, "remark": done.remark},
    )
    return RedirectResponse(f"/reports/{done.report_id}", HTTPStatus.SEE_OTHER)


@dataclass(frozen=True, slots=True)
class Behind:
    """What of a report is looked behind: a cell of the table (of one day), a finding, or a doubt; counted from 1."""

    day: str = ""
    gate: str = ""
    direction: str = ""
    cell: str = ""
    finding: str = ""
    doubt: str = ""


def _behind(
    *,
    day: Asked = "",
    gate: Asked = "",
    direction: Asked = "",
    cell: Asked = "",
    finding: Asked = "",
    doubt: Asked = "",
) -> Behind:
    return Behind(day, gate, direction, cell, finding, doubt)


@report_routes.get("/reports/{number}/passages")
def report_passages(
    request: Request,
    me: SeesTraffic,
    record: OneReport,
    asked: Annotated[Behind, Depends(_behind)],
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """The passages behind a number, a finding or a doubt; of a doubt also its declarations."""
    if record.kind is ReportKind.SHIFT:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "report_refusal.gone")
    say = say_for(request)
    one = report.read(content_of(request, record))
    try:
        named, ids, declarations = _look_behind(say, one, asked)
    except (KeyError, ValueError, IndexError) as error:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.not_found") from error
    shown = ids[(page - 1) * _PER_PAGE : page * _PER_PAGE]
    found = {str(each.passage_id): each for each in web_of(request).store.passages.get_many(map(UUID, shown))}
    return render(
        request,
        "report_passages.html",
        me,
        record=record,
        title=texts.title(say, one),
        named=named,
        number=len(ids),
        passages=[found[key] for key in shown if key in found],
        crops_of=crops_of,
        declarations=declarations,
        before=_page_url(record, asked, page - 1) if page > 1 else None,
        after=_page_url(record, asked, page + 1) if page * _PER_PAGE < len(ids) else None,
    )


def _look_behind(say: Say, one: Report, asked: Behind) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """What it is called, its passages, its declarations."""
    if asked.finding:
        found = _nth(one.findings, asked.finding)
        return sentence(say, found.what, one.kind.value), found.passage_ids, ()
    if asked.doubt:
        told = _nth(one.numbers.doubts, asked.doubt)
        return doubt_sentence(say, told), told.passage_ids, told.declaration_ids
    way = Direction(asked.direction) if asked.direction else None
    figure = figure_of(_nth(one.days, asked.day) if asked.day else one.numbers, asked.gate, way, asked.cell)
    where = say.site(asked.gate) if asked.gate else say.words("report.total")
    day = one.first_day + timedelta(days=int(asked.day) - 1) if asked.day else None
    named = (
        *([f"{day:%d/%m/%Y}"] if day else []),
        where,
        say.words(f"direction.{way.value}" if way else "report.both"),
        say.words(f"cell.{asked.cell}"),
    )
    return " · ".join(named), figure.passage_ids, ()


def _nth(found: Sequence[T], number: str) -> T:
    place = int(number)
    if place < 1:
        raise IndexError(number)
    return found[place - 1]


@report_routes.get("/reports/{number}/pdf")
def report_paper(request: Request, _: SeesTraffic, record: OneReport, language: Asked = "") -> Response:
    """The paper, in the language of the page or another."""
    say, web = _say_in(request, language), web_of(request)
    head = Letterhead(web.repair.authority, web.repair.office, web.repair.place)
    content = content_of(request, record)
    try:
        if record.kind is ReportKind.SHIFT:
            pdf = shift_pdf(handover.read(content), record, say, head)
        else:
            pdf = report_pdf(report.read(content), record, say, head)
    except ConfigError as error:
        raise PageRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "error.no_fonts") from error
    headers = {"Content-Disposition": f"inline; filename={_file_name(record)}.pdf"}
    return Response(pdf, media_type=PDF, headers=headers)


@report_routes.get("/reports/{number}/xlsx")
def report_table(request: Request, _: SeesTraffic, record: OneReport, language: Asked = "") -> Response:
    """The workbook, in the language of the page or another."""
    if record.kind is ReportKind.SHIFT:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "report_refusal.gone")
    book = report_workbook(report.read(content_of(request, record)), record, _say_in(request, language))
    headers = {"Content-Disposition": f"attachment; filename={_file_name(record)}.xlsx"}
    return Response(book, media_type=XLSX, headers=headers)


def _page_url(record: ReportRecord, asked: Behind, page: int) -> str:
    return with_query(f"/reports/{record.report_id}/passages", **asdict(asked), page=str(page))


def span_text(say: Say, record: ReportRecord) -> str:
    """What a report is of, for lists."""
    first, last = (at.astimezone(say.zone) for at in (record.since, record.until))
    if record.kind is ReportKind.DAY:
        return f"{last:%d/%m/%Y}"
    if record.kind is ReportKind.MONTH:
        return f"{last:%m/%Y}"
    return f"{first:%H:%M %d/%m} – {last:%H:%M %d/%m/%Y}"


def _say_in(request: Request, language: str) -> Say:
    if language not in LANGUAGES:
        return say_for(request)
    say = say_for(request)
    return Say(words_of(choose_language(language)), utc_offset_h=web_of(request).settings.utc_offset_h, now=say.now)


def _file_name(record: ReportRecord) -> str:
    correction = f"-{record.number}" if record.number else ""
    return f"smartgate-{record.kind.value}-{record.day}{correction}"
