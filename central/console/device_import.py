"""Taking a workbook into the register: looked at first, written when somebody says so."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.auth import Identity
from central.console.device_form import speech
from central.console.page import KeepsRegister, PageRefusedError, check_form, render, say_for
from central.console.uploads import Sent
from central.fleet.register.imports import ImportPlan, UnitPlan, plan_import, take_in
from central.fleet.register.sentences import (
    bad_rows_workbook,
    cell_text,
    fault_text,
    field_name,
    place_text,
    value_text,
)
from central.print.workbook import XLSX, WorkbookError
from central.store.register_records import ImportRecord
from central.web import web_of

device_import_routes = APIRouter(include_in_schema=False)
_SHOWN = 200
"""Rows of each sort on the page; the workbook of bad rows has them all."""


@device_import_routes.get("/devices/import")
def import_page(request: Request, me: KeepsRegister) -> HTMLResponse:
    """Choose a file."""
    return _upload_form(request, me)


@device_import_routes.post("/devices/import")
def upload(request: Request, me: KeepsRegister, sent: Sent) -> Response:
    """Keep the file until it is confirmed, and show what it would do."""
    check_form(me, sent.texts.get("csrf", ""))
    store = web_of(request).store
    try:
        plan_import(sent.content, store, speech())
    except WorkbookError as error:
        problem = say_for(request).words(f"workbook.{error.code}", **_named(request, error))
        return _upload_form(request, me, problem=problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    with store.transaction() as transaction:
        import_id = store.register.keep_import(transaction, sent.file_name[:200], sent.content, actor=me.name)
    return RedirectResponse(f"/devices/import/{import_id}", HTTPStatus.SEE_OTHER)


@device_import_routes.get("/devices/import/{import_id}")
def preview(request: Request, me: KeepsRegister, import_id: str) -> HTMLResponse:
    """What is new, what changes field by field, what cannot be kept."""
    return _preview(request, me, _record(request, import_id))


@device_import_routes.post("/devices/import/{import_id}")
def confirm(request: Request, me: KeepsRegister, import_id: str, sent: Sent) -> Response:
    """Write all good rows at once; shown again when the register has changed since."""
    check_form(me, sent.texts.get("csrf", ""))
    record, store = _record(request, import_id), web_of(request).store
    plan = plan_import(record.content, store, speech())
    if record.done_at is None and plan.digest != sent.texts.get("digest"):
        return _preview(request, me, record, has_changed=True)
    if record.done_at is None:
        take_in(store, plan, import_id, actor=me.name)
    return RedirectResponse(
        f"/devices/import/{import_id}?new={len(plan.new)}&changed={len(plan.changed)}", HTTPStatus.SEE_OTHER
    )


@device_import_routes.get("/devices/import/{import_id}/bad")
def bad_rows(request: Request, _: KeepsRegister, import_id: str) -> Response:
    """The rows that cannot be kept, with what is wrong, to be mended and taken in again."""
    plan = plan_import(_record(request, import_id).content, web_of(request).store, speech())
    content = bad_rows_workbook(plan, say_for(request).words)
    return Response(content, media_type=XLSX, headers={"Content-Disposition": "attachment; filename=bad-rows.xlsx"})


def _record(request: Request, import_id: str) -> ImportRecord:
    try:
        record = web_of(request).store.register.get_import(str(UUID(import_id)))
    except ValueError:
        record = None
    if record is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_import")
    return record


def _upload_form(
    request: Request, me: Identity, *, problem: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HTMLResponse:
    return render(request, "device_import.html", me, status=status, problem=problem, plan=None, record=None)


def _preview(request: Request, me: Identity, record: ImportRecord, *, has_changed: bool = False) -> HTMLResponse:
    plan = plan_import(record.content, web_of(request).store, speech())
    words = say_for(request).words

    def title(row: Any) -> str:  # noqa: ANN401 - called by a template
        if isinstance(row, UnitPlan):
            return row.unit.name if row.unit else ""
        about = row.known or row.device
        if about is None:
            return ""
        named = about.title or about.serial or about.camera or about.lane or about.node
        return " · ".join(filter(None, (words(f"device_kind.{about.kind.value}"), named)))

    return render(
        request,
        "device_import.html",
        me,
        problem="",
        plan=plan,
        record=record,
        has_changed=has_changed,
        done={name: int(text) for name, text in request.query_params.items() if text.isdecimal() and len(text) < 7},
        shown=_SHOWN,
        sorts=_sorts(plan),
        title=title,
        place=lambda row: place_text(words, row),
        field_name=lambda name: field_name(words, name),
        written=lambda name, value: value_text(words, name, value),
        cell=cell_text,
        sentence=lambda fault: fault_text(words, fault),
    )


def _sorts(plan: ImportPlan) -> dict[str, tuple[Any, ...]]:
    return {"bad": plan.bad, "changed": plan.changed, "new": plan.new, "unchanged": plan.unchanged}


def _named(request: Request, error: WorkbookError) -> dict[str, str]:
    words = say_for(request).words
    return {name: field_name(words, value) for name, value in error.values.items()}
