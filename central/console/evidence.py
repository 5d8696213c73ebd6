"""Keeping the pictures of a disputed passage, from its page."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from central.auth import Identity
from central.commands import ask_about_evidence
from central.console.commands import find_command, is_under_way, said
from central.console.page import KeepsEvidence, PageRefusedError, check_form, say_for
from central.rights import Right
from central.store.commands import CommandRecord
from central.store.records import PassageRecord
from central.web import web_of
from contract.messages import CommandKind

evidence_routes = APIRouter(include_in_schema=False)
_Field = Annotated[str, Form(max_length=500)]
_KINDS = (CommandKind.KEEP_EVIDENCE, CommandKind.RELEASE_EVIDENCE)


@evidence_routes.post("/passages/{passage_id}/evidence")
def keep_or_release(
    request: Request, me: KeepsEvidence, passage_id: UUID, *, kind: _Field = "", reason: _Field = "", csrf: _Field = ""
) -> Response:
    """Have the node keep the pictures of a passage, or let them go."""
    check_form(me, csrf)
    store = web_of(request).store
    passage = store.passages.get(passage_id)
    if passage is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_passage")
    wanted = next((one for one in _KINDS if one.value == kind), None)
    if wanted is None:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    record = ask_about_evidence(store, passage, wanted, actor=me.name, reason=reason.strip())
    if "hx-request" in request.headers:
        return said(request, record)
    return RedirectResponse(f"/passages/{passage_id}?command={record.command.command_id}", HTTPStatus.SEE_OTHER)


def evidence_of_page(request: Request, me: Identity, passage: PassageRecord, command: str) -> dict[str, Any]:
    """What the page of a passage says about its pictures being kept; `command` is the one that it was led here by."""
    record = find_command(request, command)
    state = record.state(say_for(request).now) if record else None
    return {
        "kept": _kept(request, passage),
        "may_keep": me.may(Right.EVIDENCE),
        "record": record,
        "state": state,
        "waiting": state is not None and is_under_way(state),
    }


def _kept(request: Request, passage: PassageRecord) -> CommandRecord | None:
    """Who had them kept; None when nobody did, or they were let go again."""
    latest = web_of(request).store.commands.list(passage_id=passage.passage_id, kinds=_KINDS, done=True, limit=1)
    return next((record for record in latest if record.command.kind is CommandKind.KEEP_EVIDENCE), None)
