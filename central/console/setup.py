"""What is set up and what is missing, and how long things are kept."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from central.audit import tell
from central.auth import Identity
from central.console.page import KeepsRegister, SetsUp, check_form, render, say_for
from central.console.setup_steps import State, steps
from central.retention import RETENTION, Retention, WouldGo, configured_retention, retention_in_force, would_go
from central.web import web_of

setup_routes = APIRouter(include_in_schema=False)
_Field = Annotated[str, Form(max_length=40)]
_FIELDS = tuple(Retention.model_fields)


@setup_routes.get("/setup")
def setup_page(request: Request, me: KeepsRegister) -> HTMLResponse:
    """The list, in the order in which a province begins."""
    found = steps(web_of(request), say_for(request))
    open_steps = [step for step in found if step.state in (State.TODO, State.PART)]
    return render(
        request,
        "setup.html",
        me,
        steps=found,
        done=len(found) - len(open_steps),
        next_step=open_steps[0] if open_steps else None,
        may=me.may,
    )


@setup_routes.get("/retention")
def retention_page(request: Request, me: SetsUp) -> HTMLResponse:
    """What counts now, and what it deletes."""
    web = web_of(request)
    return _page(request, me, retention_in_force(web.store, web.config))


@setup_routes.post("/retention/preview")
def preview_retention(
    request: Request,
    me: SetsUp,
    *,
    evidence_kept_days: _Field = "",
    evidence_quota_gb: _Field = "",
    commands_kept_days: _Field = "",
    sheets_kept_days: _Field = "",
    csrf: _Field = "",
) -> HTMLResponse:
    """What other values would delete; nothing is set yet."""
    check_form(me, csrf)
    web = web_of(request)
    given = (evidence_kept_days, evidence_quota_gb, commands_kept_days, sheets_kept_days)
    typed = dict(zip(_FIELDS, given, strict=True))
    wanted = _read(typed)
    if isinstance(wanted, set):
        return _page(request, me, retention_in_force(web.store, web.config), typed=typed, wrong=wanted)
    return _page(
        request,
        me,
        retention_in_force(web.store, web.config),
        typed=typed,
        wanted=wanted,
        goes=would_go(web.store, wanted, say_for(request).now),
    )


@setup_routes.post("/retention")
def set_retention(
    request: Request,
    me: SetsUp,
    *,
    evidence_kept_days: _Field = "",
    evidence_quota_gb: _Field = "",
    commands_kept_days: _Field = "",
    sheets_kept_days: _Field = "",
    csrf: _Field = "",
) -> Response:
    """Have other values count, after somebody has seen what goes."""
    check_form(me, csrf)
    web = web_of(request)
    before = retention_in_force(web.store, web.config)
    given = (evidence_kept_days, evidence_quota_gb, commands_kept_days, sheets_kept_days)
    typed = dict(zip(_FIELDS, given, strict=True))
    wanted = _read(typed)
    if isinstance(wanted, set):
        return _page(request, me, before, typed=typed, wrong=wanted)
    with web.store.transaction() as transaction:
        web.store.kept_settings.set(transaction, RETENTION, wanted.model_dump(mode="json"), actor=me.name)
    tell(request, RETENTION, before=before.model_dump(mode="json"), after=wanted.model_dump(mode="json"))
    return RedirectResponse("/retention", HTTPStatus.SEE_OTHER)


def _read(typed: dict[str, str]) -> Retention | set[str]:
    """The values that were typed, or which of them make no sense."""
    texts = {name: text.strip().replace(",", ".") for name, text in typed.items()}
    values = {name: text or None for name, text in texts.items() if text or name == "evidence_quota_gb"}
    lacking = {name for name in _FIELDS if name not in values}
    try:
        found = Retention.model_validate(values)
    except ValidationError as error:
        return lacking | {str(one["loc"][0]) for one in error.errors()}
    return lacking or found


def _page(
    request: Request,
    me: Identity,
    in_force: Retention,
    *,
    typed: dict[str, str] | None = None,
    wanted: Retention | None = None,
    goes: WouldGo | None = None,
    wrong: set[str] | None = None,
) -> HTMLResponse:
    web, say = web_of(request), say_for(request)
    now_typed = {name: "" if value is None else f"{value:g}" for name, value in in_force.model_dump().items()}
    return render(
        request,
        "retention.html",
        me,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        typed=typed or now_typed,
        wanted=wanted,
        goes=goes,
        goes_now=would_go(web.store, in_force, say.now),
        wrong=wrong or set(),
        kept=web.store.kept_settings.get(RETENTION),
        configured=configured_retention(web.config).model_dump(),
        usage_bytes=web.store.evidence.usage_bytes(),
    )
