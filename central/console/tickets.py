"""Tickets: the list, the page of one for the phone of whoever repairs it, and what people do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.console.board import camera_picture_url
from central.console.checklist import PREFIX, checks_of, ticked
from central.console.letter import ticket_cause, ticket_device
from central.console.page import KeepsTickets, PageRefusedError, SeesDevices, check_form, render, say_for
from central.console.timelines import timeline_context
from central.console.uploads import Sent
from central.fleet.desk import TicketDesk, media_type_of
from central.fleet.ticket import Refusal, TicketAction, TicketRefusedError, actions
from central.rights import Right
from central.store import Store
from central.store.ticket_records import DeliveryState, Ticket, TicketEntry, TicketState
from central.web import PICTURE_HEADERS, web_of
from contract.messages import HealthLevel, TicketNotice

ticket_routes = APIRouter(include_in_schema=False)
Number = Annotated[int, Path(ge=1, lt=2**63)]
Text = Annotated[str, Form(max_length=4000)]
VIEWS = ("open", "mine", "overdue", "all")
_UNSETTLED = tuple(state for state in TicketState if not state.is_settled)
_LISTED = 200


def find_ticket(request: Request, number: Number) -> Ticket:
    """The ticket that an address names; else the page that says that there is none."""
    found = web_of(request).store.tickets.get(number)
    if found is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.not_found")
    return found


OneTicket = Annotated[Ticket, Depends(find_ticket)]


@dataclass(frozen=True, slots=True)
class Told:
    """A notice on one channel, as the page shows it."""

    notice_id: int
    channel: str
    state: DeliveryState
    tries: int
    reason: str
    at: datetime
    notice: TicketNotice


@ticket_routes.get("/tickets")
def tickets_page(
    request: Request,
    me: SeesDevices,
    view: Annotated[str, Query(max_length=20)] = "open",
    site: Annotated[str, Query(max_length=63)] = "",
) -> HTMLResponse:
    """What is to be done, the gravest first."""
    store, say = web_of(request).store, say_for(request)
    view = view if view in VIEWS else "open"
    found = store.tickets.list(
        states=() if view == "all" else _UNSETTLED,
        of=me.name if view == "mine" else None,
        overdue_at=say.now if view == "overdue" else None,
        limit=_LISTED,
    )
    shown = tuple(ticket for ticket in found if site in ("", ticket.device.site))
    return render(
        request,
        "tickets.html",
        me,
        tickets=shown,
        about=store.tickets.devices([ticket.ticket_id for ticket in shown]),
        view=view,
        views=VIEWS,
        site=site,
        sites=store.lanes.sites(),
        after=store.events.latest_id(),
        **_names(request),
    )


@ticket_routes.get("/tickets/notices")
def notices_page(request: Request, me: SeesDevices) -> HTMLResponse:
    """What people were told, and what could not be sent, with the reason."""
    told = [
        Told(
            one.notice_id,
            one.channel,
            one.state,
            one.tries,
            one.reason,
            one.done_at or one.made_at,
            TicketNotice.model_validate_json(one.payload),
        )
        for one in web_of(request).store.notices.list()
    ]
    return render(request, "notices.html", me, told=told)


@ticket_routes.get("/tickets/{number}")
def ticket_page(request: Request, me: SeesDevices, ticket: OneTicket) -> HTMLResponse:
    """One ticket."""
    return _page(request, me, ticket)


@ticket_routes.get("/tickets/{number}/pictures/{sha256}")
def ticket_picture(
    request: Request, _: SeesDevices, ticket: OneTicket, sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
) -> Response:
    """A picture of one of its entries."""
    store = web_of(request).store
    named = any(entry.picture == sha256 for entry in store.tickets.entries(ticket.ticket_id))
    picture = store.tickets.picture(sha256) if named else None
    if picture is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.not_found")
    return Response(picture, media_type=media_type_of(picture) or "application/octet-stream", headers=PICTURE_HEADERS)


@ticket_routes.post("/tickets/{number}/do")
def go_on(
    request: Request,
    me: KeepsTickets,
    ticket: OneTicket,
    *,
    action: Text = "",
    version: Annotated[int, Form()] = -1,
    reason: Text = "",
    csrf: Text = "",
) -> Response:
    """Acknowledge, arrive, repair, close or cancel."""
    check_form(me, csrf)
    if action not in {one.value for one in TicketAction}:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    desk = TicketDesk(web_of(request).store)
    try:
        desk.act(ticket.ticket_id, TicketAction(action), version=version, actor=me.name, reason=reason)
    except TicketRefusedError as error:
        return _refused(request, me, ticket, error)
    return _back(ticket)


@ticket_routes.post("/tickets/{number}/hand-over")
def hand_over(
    request: Request,
    me: KeepsTickets,
    ticket: OneTicket,
    *,
    assignee: Text = "",
    version: Annotated[int, Form()] = -1,
    csrf: Text = "",
) -> Response:
    """Give it to somebody else."""
    check_form(me, csrf)
    try:
        TicketDesk(web_of(request).store).hand_over(ticket.ticket_id, assignee, version=version, actor=me.name)
    except TicketRefusedError as error:
        return _refused(request, me, ticket, error)
    return _back(ticket)


@ticket_routes.post("/tickets/{number}/merge")
def merge(
    request: Request,
    me: KeepsTickets,
    ticket: OneTicket,
    *,
    into: Annotated[int, Form(ge=1, lt=2**63)],
    version: Annotated[int, Form()] = -1,
    csrf: Text = "",
) -> Response:
    """It has the same cause as another one."""
    check_form(me, csrf)
    try:
        TicketDesk(web_of(request).store).merge(ticket.ticket_id, into, version=version, actor=me.name)
    except TicketRefusedError as error:
        return _refused(request, me, ticket, error)
    return RedirectResponse(f"/tickets/{into}", HTTPStatus.SEE_OTHER)


@ticket_routes.post("/tickets/{number}/note")
def add_note(request: Request, me: SeesDevices, ticket: OneTicket, sent: Sent) -> Response:
    """What was ticked off, a note, a photo, or all of them."""
    check_form(me, sent.texts.get("csrf", ""))
    text = "\n".join(filter(None, (ticked(say_for(request), sent.texts), sent.texts.get("text", ""))))
    try:
        TicketDesk(web_of(request).store).note(ticket.ticket_id, text, actor=me.name, photo=sent.content or None)
    except TicketRefusedError as error:
        return _refused(request, me, ticket, error)
    return _back(ticket)


def _back(ticket: Ticket) -> Response:
    return RedirectResponse(f"/tickets/{ticket.ticket_id}", HTTPStatus.SEE_OTHER)


def _refused(request: Request, me: SeesDevices, ticket: Ticket, error: TicketRefusedError) -> HTMLResponse:
    """The page as it is now, saying why nothing was written."""
    conflict = error.refusal in (Refusal.CHANGED, Refusal.NOT_NOW)
    now = web_of(request).store.tickets.get(ticket.ticket_id) or ticket
    return _page(
        request,
        me,
        now,
        status=HTTPStatus.CONFLICT if conflict else HTTPStatus.BAD_REQUEST,
        problem=f"ticket_refusal.{error.refusal.value}",
    )


def _page(
    request: Request, me: SeesDevices, ticket: Ticket, *, status: HTTPStatus = HTTPStatus.OK, problem: str = ""
) -> HTMLResponse:
    store, say = web_of(request).store, say_for(request)
    device = ticket.device
    camera = store.cameras.get(device.site, device.node, device.camera) if device.camera else None
    runs = store.history.runs(device) if device.node else ()
    good = max((run.until for run in runs if run.level is HealthLevel.OK), default=None)
    timeline = timeline_context(store, say, device) if device.node else None
    return render(
        request,
        "ticket.html",
        me,
        status=status,
        ticket=ticket,
        problem=problem,
        may_act=me.may(Right.TICKETS),
        actions=actions(ticket),
        about=store.tickets.devices([ticket.ticket_id])[ticket.ticket_id],
        entries=tuple(reversed(store.tickets.entries(ticket.ticket_id))),
        others=_others(store, ticket),
        unit=store.register.unit(ticket.assignee) if ticket.assignee else None,
        camera=camera,
        checks=checks_of(ticket.cause),
        check_prefix=PREFIX,
        picture_url=camera_picture_url,
        last_good=good,
        timeline=timeline,
        text_of=lambda entry: entry_text(request, entry),
        **_names(request),
    )


def entry_text(request: Request, entry: TicketEntry) -> str:
    """What an entry says beside its kind: a person's words, or the numbers of the other ticket."""
    if "into" in entry.detail:
        return f"#{entry.detail['from']} → #{entry.detail['into']}"
    findings = entry.detail.get("findings") or ()
    say = say_for(request)
    measured = [
        f"{ticket_cause(say, one['code'])}: "
        + say.words("finding.measured", measure=say.number(one["measure"]), limit=say.number(one["limit"]))
        for one in findings
        if one.get("measure") is not None and one.get("limit") is not None
    ]
    return "\n".join([entry.text, *measured]).strip()


def _others(store: Store, ticket: Ticket) -> Sequence[Ticket]:
    """Those that it may have its cause in common with: of the same site, still worked on."""
    waiting = [state for state in TicketState if state.waits_for_people]
    found = store.tickets.list(states=waiting, limit=_LISTED)
    return [one for one in found if one.ticket_id != ticket.ticket_id and one.device.site == ticket.device.site]


def _names(request: Request) -> dict[str, Any]:
    say = say_for(request)
    return {
        "device_name": lambda key: ticket_device(say, key.site, key.node, key.camera),
        "cause_name": lambda cause: ticket_cause(say, cause),
    }
