"""The pages of cameras, passages and declarations."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from central.auth import Identity
from central.console.board import camera_picture_url, evidence_of
from central.console.evidence import evidence_of_page
from central.console.noticed import noticed_context
from central.console.page import PageRefusedError, SeesDevices, SeesTraffic, fragment, render, say_for, with_query
from central.console.say import Say
from central.console.search import NotATimeError, member, moment
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind
from central.web import web_of
from contract.errors import StoreError
from contract.messages import Direction, EvidenceKind

list_routes = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=200)]
_PER_PAGE = 50
_DECLARATION_OUTCOMES = tuple(
    outcome
    for outcome in OutcomeKind
    if outcome not in (OutcomeKind.PENDING, OutcomeKind.UNDECLARED, OutcomeKind.CANCELLED)
)


@list_routes.get("/cameras")
def cameras_page(request: Request, me: SeesDevices, site: Text = "", level: Text = "") -> HTMLResponse:
    """All cameras, the worst first."""
    web = web_of(request)
    after = web.store.events.latest_id()
    return render(
        request,
        "cameras.html",
        me,
        sites=web.store.lanes.sites(),
        site=site,
        level=level,
        wall=with_query("/cameras/wall", site=site, level=level),
        after=after,
        **_wall(request, me, site, level),
    )


@list_routes.get("/cameras/wall")
def camera_wall(request: Request, me: SeesDevices, site: Text = "", level: Text = "") -> HTMLResponse:
    """The tiles alone, for the page that is open."""
    return HTMLResponse(fragment("_wall.html", say_for(request), **_wall(request, me, site, level)))


def _wall(request: Request, me: Identity, site: str, level: str) -> dict[str, Any]:
    store = web_of(request).store
    cameras = store.cameras.list(site=site or None)
    if level == "bad":
        cameras = tuple(camera for camera in cameras if camera.level.value != "ok")
    of_sites = [one for one in store.crosschecks.noticed() if not one.device.camera and site in ("", one.device.site)]
    return {
        "cameras": cameras,
        "nodes": store.nodes.list(site=site or None),
        "put_aside": store.dead_letters.of_nodes(),
        "picture_url": camera_picture_url,
        **noticed_context(store, me, of_sites),
    }


@list_routes.get("/passages/{passage_id}")
def passage_page(request: Request, me: SeesTraffic, passage_id: str, command: Text = "") -> HTMLResponse:
    """Everything about one passage."""
    store = web_of(request).store
    try:
        passage = store.passages.get(UUID(passage_id))
    except ValueError:
        passage = None
    if passage is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_passage")
    outcome = passage.outcome
    declared = store.declarations.get(outcome.declaration_id) if outcome and outcome.declaration_id else None
    return render(
        request,
        "passage.html",
        me,
        passage=passage,
        declaration=declared,
        said_before=store.outcomes.history_of_passage(passage.passage_id)[:-1],
        decisions=store.decisions.of_passage(passage.passage_id),
        pictures=sorted(evidence_of(passage), key=lambda item: item.kind is EvidenceKind.CROP),
        **evidence_of_page(request, me, passage, command),
    )


@list_routes.get("/declarations")
def declarations_page(
    request: Request,
    me: SeesTraffic,
    *,
    gate: Text = "",
    direction: Text = "",
    outcome: Text = "",
    state: Text = "",
    plate: Text = "",
    since: Text = "",
    until: Text = "",
    cursor: Text = "",
) -> HTMLResponse:
    """Declarations with filters, those expected last first."""
    store, say = web_of(request).store, say_for(request)
    filters = {
        "gate": gate,
        "direction": direction,
        "outcome": outcome,
        "state": state,
        "plate": plate,
        "since": since,
        "until": until,
    }
    try:
        page = store.declarations.list(
            gate=gate or None,
            direction=member(Direction, direction),
            outcome=member(OutcomeKind, outcome),
            state=member(DeclarationState, state),
            plate_part=plate.strip() or None,
            since=_day(say, since),
            until=_day(say, until, days=1),
            cursor=cursor or None,
            limit=_PER_PAGE,
        )
    except StoreError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
    return render(
        request,
        "declarations.html",
        me,
        page=page,
        filters=filters,
        sites=store.lanes.sites(),
        outcomes=_DECLARATION_OUTCOMES,
        states=tuple(DeclarationState),
        next_url=with_query("/declarations", **filters, cursor=page.next_cursor) if page.next_cursor else None,
        is_later_page=bool(cursor),
    )


@list_routes.get("/declarations/{declaration_id}")
def declaration_page(request: Request, me: SeesTraffic, declaration_id: str) -> HTMLResponse:
    """Everything about one declaration."""
    store = web_of(request).store
    declaration = store.declarations.get(declaration_id)
    if declaration is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_declaration")
    outcome = declaration.outcome
    passage = store.passages.get(outcome.passage_id) if outcome and outcome.passage_id else None
    people = _people(declaration)
    return render(request, "declaration.html", me, declaration=declaration, passage=passage, people=people)


def _people(declaration: DeclarationRecord) -> list[tuple[str, str]]:
    """Key of the catalogue and name: personal data, which no other page shows."""
    told = [
        ("declaration.driver", declaration.driver_name),
        ("declaration.document", declaration.driver_document),
        ("declaration.agent", declaration.agent),
        ("declaration.phone", declaration.phone),
        *((f"force.{said.force.value}", said.officer) for said in declaration.confirmations),
    ]
    return [(name, who) for name, who in told if who]


def _day(say: Say, text: str, *, days: int = 0) -> datetime | None:
    try:
        return moment(say, text, days=days)
    except NotATimeError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
