"""The evidence sheet of a passage: handed out, looked at, and checked by whoever holds the paper."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.auth import Identity
from central.console.page import KeepsEvidence, PageRefusedError, SeesTraffic, check_form, render, say_for
from central.console.sheet_paper import code_of, lattices_of, sections_of, sheet_pdf
from central.console.uploads import Sent
from central.print.document import PDF
from central.rights import Right
from central.sheets import check, gather, read_facts, written
from central.store.sheets import SheetRecord, hash_of
from central.web import web_of
from contract.errors import ConfigError

sheet_routes = APIRouter(include_in_schema=False)
_HERE: Final = "/sheets"


@sheet_routes.post("/passages/{passage_id}/sheet")
def hand_out(
    request: Request, me: KeepsEvidence, passage_id: UUID, csrf: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Make a sheet of what is known now, and show it."""
    check_form(me, csrf)
    web, say = web_of(request), say_for(request)
    facts = gather(web.store, passage_id, printed_by=me.name, printed_at=say.now)
    if facts is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_passage")
    text = written(facts)
    sha256 = hash_of(text.encode())
    public_url = web.settings.public_url
    address = f"{public_url.rstrip('/')}{_HERE}/{sha256}" if public_url else sha256
    paths = {one.sha256: web.store.evidence.path(one.sha256) for one in facts.passage.evidence}
    try:
        pdf = sheet_pdf(facts, sha256, address, say, {key: path.read_bytes() for key, path in paths.items() if path})
    except ConfigError as error:
        raise PageRefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "error.no_fonts") from error
    with web.store.transaction(say.now) as transaction:
        web.store.sheets.add(transaction, SheetRecord(sha256, passage_id, text, hash_of(pdf), me.name, say.now), pdf)
    return RedirectResponse(f"{_HERE}/{sha256}", HTTPStatus.SEE_OTHER)


@sheet_routes.get(_HERE)
def check_page(request: Request, me: SeesTraffic, code: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Where the hash of a paper is typed in, or its file handed over."""
    found = web_of(request).store.sheets.by_code(code) if code else None
    if found is not None:
        return RedirectResponse(f"{_HERE}/{found.sha256}", HTTPStatus.SEE_OTHER)
    return _check_form(request, me, code=code, problem="sheet.no_such_code" if code.strip() else "")


@sheet_routes.post(_HERE)
def check_file(request: Request, me: SeesTraffic, sent: Sent) -> Response:
    """Which sheet a file is; one that differs in a single bit is none."""
    check_form(me, sent.texts.get("csrf", ""))
    found = web_of(request).store.sheets.by_paper(sent.content)
    if found is not None:
        return RedirectResponse(f"{_HERE}/{found.sha256}?file=1", HTTPStatus.SEE_OTHER)
    return _check_form(request, me, code="", problem="sheet.no_such_file")


@sheet_routes.get(_HERE + "/{sha256}")
def sheet_page(request: Request, me: SeesTraffic, sha256: str, file: str = "") -> HTMLResponse:
    """A sheet as it was handed out, and how what it tells stands now."""
    web = web_of(request)
    sheet, say = _sheet(request, sha256), say_for(request)
    facts = read_facts(sheet)
    return render(
        request,
        "sheet.html",
        me,
        sheet=sheet,
        facts=facts,
        sections=sections_of(facts, say) if facts else [],
        lattices=lattices_of(facts) if facts else [],
        code=code_of(sha256),
        checked=check(web.store, sheet),
        of_file=bool(file),
        others=[one for one in web.store.sheets.of_passage(sheet.passage_id) if one.sha256 != sheet.sha256],
    )


@sheet_routes.get(_HERE + "/{sha256}/pdf")
def sheet_file(request: Request, _: SeesTraffic, sha256: str) -> Response:
    """The paper, as it was handed out."""
    sheet = _sheet(request, sha256)
    pdf = web_of(request).store.sheets.pdf(sheet)
    if pdf is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_sheet_file")
    headers = {"Content-Disposition": f'inline; filename="phieu-chung-cu-{sha256[:12]}.pdf"'}
    return Response(pdf, media_type=PDF, headers=headers)


def _sheet(request: Request, sha256: str) -> SheetRecord:
    sheet = web_of(request).store.sheets.get(sha256)
    if sheet is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_sheet")
    return sheet


def _check_form(request: Request, me: Identity, *, code: str, problem: str) -> HTMLResponse:
    status = HTTPStatus.NOT_FOUND if problem else HTTPStatus.OK
    return render(request, "sheets.html", me, status=status, code=code, problem=problem, may=me.may(Right.EVIDENCE))
