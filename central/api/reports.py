"""Reports: what was published and what waits, each with its figures, its paper and its workbook."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import Response

from central.api.guard import SeesTraffic, WebPart
from central.api.models import PageOf
from central.api.report_models import DueAnswer, ReportAnswer, ReportHead, ScheduleAnswer
from central.api.tags import TaggedRoute, matches
from central.print.document import PDF
from central.print.workbook import XLSX
from central.reports import handover, report
from central.reports.paper import Letterhead, report_pdf
from central.reports.schedule import next_due
from central.reports.settings import ReportSettings
from central.reports.sheets import report_workbook
from central.reports.shift_paper import shift_pdf
from central.store.report_records import ReportKind, ReportRecord
from central.web import Web
from contract.errors import ConfigError
from contract.plate import Language

report_api = APIRouter(tags=["reports"], route_class=TaggedRoute)
Number = Annotated[int, Path(ge=1, lt=2**63)]
InLanguage = Annotated[Language, Query(description="of title, sentences and papers")]
_PAPERS: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {PDF: {}}}, 304: {"description": "not changed"}}
_BOOKS: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {XLSX: {}}}, 304: {"description": "not changed"}}


@report_api.get("/reports")
def list_reports(
    web: WebPart,
    _: SeesTraffic,
    *,
    kind: Annotated[list[ReportKind] | None, Query()] = None,
    published: Annotated[bool | None, Query(description="false: drafts, and handovers that wait")] = None,
    ended_before: Annotated[datetime | None, Query(description="spans that ended before then")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> PageOf[ReportHead]:
    """What is kept, without content: what ended last first. For more ask again with `ended_before`."""
    if ended_before is not None and ended_before.tzinfo is None:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "ended_before: expected a time with its zone")
    found = web.store.reports.list(kinds=kind or (), published=published, before=ended_before, limit=limit)
    return PageOf(items=tuple(map(ReportHead.model_validate, found)), next_cursor=None)


@report_api.get("/reports/schedule")
def get_schedule(web: WebPart, _: SeesTraffic) -> ScheduleAnswer:
    """Which drafts make themselves next, and which reports wait for a person."""
    settings = web.config.reports if web.config is not None else ReportSettings()
    after = timedelta(minutes=settings.prepare_after_min)
    due = next_due(datetime.now(UTC), after, web.settings.utc_offset_h)
    waiting = web.store.reports.waiting()
    return ScheduleAnswer(
        next=[DueAnswer(kind=kind, day=day, due_at=due_at) for kind, day, due_at in due],
        drafts=[ReportHead.model_validate(one) for one in waiting if one.kind is not ReportKind.SHIFT],
        handovers=[ReportHead.model_validate(one) for one in waiting if one.kind is ReportKind.SHIFT],
    )


@report_api.get("/reports/{number}")
def get_report(web: WebPart, _: SeesTraffic, number: Number, language: InLanguage = "vi") -> ReportAnswer:
    """One report, as it is kept: the Board's table, stocks, findings, doubts."""
    record, content = _kept(web, number)
    head = ReportHead.model_validate(record)
    if record.kind is ReportKind.SHIFT:
        return ReportAnswer.of_shift(head, handover.read(content))
    return ReportAnswer.of(head, report.read(content), web.speak(language))


@report_api.get("/reports/{number}/pdf", response_class=Response, responses=_PAPERS)
def get_paper(request: Request, web: WebPart, _: SeesTraffic, number: Number, language: InLanguage = "vi") -> Response:
    """The paper. 503 where this machine lacks the fonts."""
    record, content = _kept(web, number)
    tags = _tags(record, language)
    if matches(request.headers.get("if-none-match", ""), tags["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=tags)
    head, speaker = Letterhead(web.repair.authority, web.repair.office, web.repair.place), web.speak(language)
    try:
        if record.kind is ReportKind.SHIFT:
            pdf = shift_pdf(handover.read(content), record, speaker, head)
        else:
            pdf = report_pdf(report.read(content), record, speaker, head)
    except ConfigError as error:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
    return Response(pdf, media_type=PDF, headers=tags)


@report_api.get("/reports/{number}/xlsx", response_class=Response, responses=_BOOKS)
def get_workbook(
    request: Request, web: WebPart, _: SeesTraffic, number: Number, language: InLanguage = "vi"
) -> Response:
    """The workbook. 404 of a handover, which has none."""
    record, content = _kept(web, number)
    if record.kind is ReportKind.SHIFT:
        raise HTTPException(HTTPStatus.NOT_FOUND, "a handover has a paper and no workbook")
    tags = _tags(record, language)
    if matches(request.headers.get("if-none-match", ""), tags["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=tags)
    return Response(report_workbook(report.read(content), record, web.speak(language)), media_type=XLSX, headers=tags)


def _kept(web: Web, number: int) -> tuple[ReportRecord, str]:
    record, content = web.store.reports.get(number), web.store.reports.content(number)
    if record is None or content is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no report {number}")
    return record, content


def _tags(record: ReportRecord, language: Language) -> dict[str, str]:
    """What is kept never changes; who publishes it puts name and number on its paper."""
    drawn = f"{record.sha256} {record.number} {record.published_at} {record.remark} {language}"
    digest = hashlib.blake2b(drawn.encode(), digest_size=16).hexdigest()
    return {"ETag": f'W/"{digest}"', "Cache-Control": "private, no-cache"}
