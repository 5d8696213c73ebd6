"""Tickets, maintenance windows, notices, and the health of devices as history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from central.api.guard import KeepsTickets, SeesDevices, WebPart
from central.api.models import Answer, PageOf
from central.fleet.availability import Shares
from central.fleet.desk import TicketDesk, WindowRefusedError, media_type_of, plan_maintenance
from central.fleet.ticket import Refusal, TicketAction, TicketRefusedError, actions
from central.fleet.track_record import track_record
from central.store.device_key import DeviceKey
from central.store.ticket_records import DeliveryState, EntryKind, Evidence, Ticket, TicketEntry, TicketState
from central.web import PICTURE_HEADERS, Web
from contract.messages import HealthLevel, Severity
from contract.vocabulary import Slug

ticket_routes = APIRouter(tags=["tickets"])
Number = Annotated[int, Path(ge=1, lt=2**63)]


class DeviceName(Answer):
    """A device by the names that messages use; what a kind has no name for is empty."""

    kind: str
    site: str
    node: str
    camera: str


class TicketAnswer(Answer):
    """A ticket."""

    ticket_id: int
    device: DeviceName
    lane: str
    cause: str
    severity: Severity
    state: TicketState
    state_at: datetime
    evidence: Evidence
    evidence_at: datetime
    opened_at: datetime
    reopened: int
    version: int
    """Send it with whatever you do: who acts on an old one gets 409."""
    assignee: str
    merged_into: int | None
    due_at: datetime | None


class AboutAnswer(Answer):
    """A device that a ticket is about."""

    device: DeviceName
    cause: str
    added_at: datetime


class EntryAnswer(Answer):
    """Something that happened to a ticket; `actor` is empty where it happened on evidence."""

    at: datetime
    actor: str
    kind: EntryKind
    text: str
    detail: Mapping[str, Any]
    picture: str | None
    """Its hash: `GET /api/v1/tickets/{ticket_id}/pictures/{picture}`."""


class TicketWithHistory(TicketAnswer):
    """A ticket with its devices and all that happened."""

    actions: tuple[TicketAction, ...]
    devices: tuple[AboutAnswer, ...]
    entries: tuple[EntryAnswer, ...]

    @classmethod
    def of(cls, web: Web, ticket: Ticket) -> Self:
        """As the store has it."""
        tickets = web.store.tickets
        return cls(
            **TicketAnswer.model_validate(ticket).model_dump(),
            actions=actions(ticket),
            devices=tuple(map(AboutAnswer.model_validate, tickets.devices([ticket.ticket_id])[ticket.ticket_id])),
            entries=tuple(map(EntryAnswer.model_validate, tickets.entries(ticket.ticket_id))),
        )


class Asked(BaseModel):
    """Base of what is asked for."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class ActionRequest(Asked):
    """What somebody did."""

    action: TicketAction
    version: int
    reason: str = Field(default="", max_length=2000)


class HandOverRequest(Asked):
    """To whom a ticket goes."""

    assignee: str = Field(min_length=1, max_length=120)
    version: int


class MergeRequest(Asked):
    """Which ticket has the same cause and goes on for both."""

    into: int = Field(ge=1, lt=2**63)
    version: int


class NoteRequest(Asked):
    """What somebody saw or did."""

    text: str = Field(min_length=1, max_length=2000)


class WindowAnswer(Answer):
    """A maintenance window."""

    window_id: int
    device: DeviceName
    begins_at: datetime
    ends_at: datetime
    actor: str
    reason: str
    made_at: datetime
    ended_at: datetime | None
    ended_by: str


class WindowRequest(Asked):
    """A maintenance window to be; without `node` it is over the whole site, without `camera` over the whole node."""

    site: Slug
    node: Slug | None = None
    camera: Slug | None = None
    begins_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str = Field(min_length=1, max_length=2000)


class DeliveryAnswer(Answer):
    """A notice on its way over one channel."""

    notice_id: int
    channel: str
    state: DeliveryState
    tries: int
    next_at: datetime
    done_at: datetime | None
    reason: str
    made_at: datetime


class SharesAnswer(Answer):
    """How long a device was in each state, in seconds, and its two availabilities."""

    ok_s: float
    degraded_s: float
    failed_s: float
    unknown_s: float
    planned_s: float
    proven: float | None
    """At work, of all time that was not planned."""
    when_known: float | None
    """At work, of the time in which it is known."""

    @classmethod
    def of(cls, shares: Shares) -> Self:
        """In seconds."""
        names = ("ok", "degraded", "failed", "unknown", "planned")
        seconds = {f"{name}_s": getattr(shares, name).total_seconds() for name in names}
        return cls(**seconds, proven=shares.proven, when_known=shares.when_known)


class SpanAnswer(Answer):
    """A time in which a device was in one state."""

    level: HealthLevel
    reason: str
    since: datetime
    until: datetime
    planned: bool


class HistoryAnswer(Answer):
    """The health of a device over a period; times in seconds."""

    device: DeviceName
    since: datetime
    until: datetime
    spans: tuple[SpanAnswer, ...]
    shares: SharesAnswer
    days: Mapping[date, SharesAnswer]
    months: Mapping[date, SharesAnswer]
    """By their first day; the first and the last may be cut off by the period."""
    failures: int
    between_failures_s: float | None
    to_repair_s: float | None
    longest_failure_s: float | None
    last_good_at: datetime | None


@ticket_routes.get("/tickets")
def list_tickets(
    web: WebPart,
    _: SeesDevices,
    *,
    state: Annotated[list[TicketState] | None, Query()] = None,
    of: Annotated[str | None, Query(max_length=120, description="in charge of it, or has done something")] = None,
    site: Annotated[Slug | None, Query()] = None,
    overdue: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> PageOf[TicketAnswer]:
    """The newest of them: the gravest first, what is settled last."""
    found = web.store.tickets.list(
        states=state or (),
        of=of,
        device=DeviceKey.of(site) if site else None,
        overdue_at=datetime.now(UTC) if overdue else None,
        limit=limit,
    )
    return PageOf(items=tuple(map(TicketAnswer.model_validate, found)), next_cursor=None)


@ticket_routes.get("/tickets/{number}")
def get_ticket(web: WebPart, _: SeesDevices, number: Number) -> TicketWithHistory:
    """One ticket."""
    found = web.store.tickets.get(number)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no ticket {number}")
    return TicketWithHistory.of(web, found)


@ticket_routes.get("/tickets/{number}/pictures/{sha256}", response_class=Response)
def get_picture(
    web: WebPart, _: SeesDevices, number: Number, sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
) -> Response:
    """A picture of one of its entries."""
    entries: tuple[TicketEntry, ...] = web.store.tickets.entries(number)
    picture = web.store.tickets.picture(sha256) if any(one.picture == sha256 for one in entries) else None
    if picture is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"ticket {number} has no picture {sha256}")
    return Response(picture, media_type=media_type_of(picture), headers=PICTURE_HEADERS)


@ticket_routes.post("/tickets/{number}/actions")
def act(web: WebPart, me: KeepsTickets, number: Number, asked: ActionRequest) -> TicketAnswer:
    """Acknowledge, arrive, repair, close or cancel. 409: somebody else was faster, or it cannot be done now."""
    desk = TicketDesk(web.store)
    return _done(
        web,
        number,
        lambda: desk.act(number, asked.action, version=asked.version, actor=me.name, reason=asked.reason),
    )


@ticket_routes.post("/tickets/{number}/hand-over")
def hand_over(web: WebPart, me: KeepsTickets, number: Number, asked: HandOverRequest) -> TicketAnswer:
    """Give it to another unit or person."""
    desk = TicketDesk(web.store)
    return _done(web, number, lambda: desk.hand_over(number, asked.assignee, version=asked.version, actor=me.name))


@ticket_routes.post("/tickets/{number}/merge")
def merge(web: WebPart, me: KeepsTickets, number: Number, asked: MergeRequest) -> TicketAnswer:
    """It has the same cause as another one, which goes on for both."""
    desk = TicketDesk(web.store)
    return _done(web, number, lambda: desk.merge(number, asked.into, version=asked.version, actor=me.name))


@ticket_routes.post("/tickets/{number}/notes")
def add_note(web: WebPart, me: SeesDevices, number: Number, asked: NoteRequest) -> TicketAnswer:
    """Add a note; photos are added on the page."""
    return _done(web, number, lambda: TicketDesk(web.store).note(number, asked.text, actor=me.name))


@ticket_routes.get("/maintenance-windows")
def list_windows(web: WebPart, _: SeesDevices, *, past: bool = False) -> PageOf[WindowAnswer]:
    """Those that run or are planned, or all; what begins last first."""
    found = web.store.windows.list(ending_after=None if past else datetime.now(UTC))
    return PageOf(items=tuple(map(WindowAnswer.model_validate, found)), next_cursor=None)


@ticket_routes.post("/maintenance-windows", status_code=HTTPStatus.CREATED)
def add_window(web: WebPart, me: KeepsTickets, asked: WindowRequest) -> WindowAnswer:
    """Plan maintenance: what is wrong with these devices meanwhile opens no ticket. It ends by itself."""
    if asked.camera and not asked.node:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, "a camera is named with its node")
    device = DeviceKey.of(asked.site, asked.node or "", asked.camera or "")
    try:
        number = plan_maintenance(
            web.store,
            device,
            begins_at=asked.begins_at,
            ends_at=asked.ends_at,
            actor=me.name,
            reason=asked.reason,
            now=datetime.now(UTC),
        )
    except WindowRefusedError as error:
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    return WindowAnswer.model_validate(next(one for one in web.store.windows.list() if one.window_id == number))


@ticket_routes.post("/maintenance-windows/{number}/end")
def end_window(web: WebPart, me: KeepsTickets, number: Number) -> PageOf[WindowAnswer]:
    """End it now; those that run or are planned then."""
    with web.store.transaction() as transaction:
        ended = web.store.windows.end(transaction, number, actor=me.name)
    if not ended:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no window {number} that runs or is planned")
    return list_windows(web, me)


@ticket_routes.get("/notices")
def list_notices(web: WebPart, _: SeesDevices) -> PageOf[DeliveryAnswer]:
    """What people were told, and what could not be sent, the latest first."""
    return PageOf(items=tuple(map(DeliveryAnswer.model_validate, web.store.notices.list())), next_cursor=None)


@ticket_routes.get("/health-history")
def health_history(
    web: WebPart,
    _: SeesDevices,
    *,
    site: Slug,
    node: Slug,
    camera: Slug | None = None,
    days: Annotated[int, Query(ge=1, le=366)] = 7,
) -> HistoryAnswer:
    """What a node, or a camera of it, did over the last days, today included."""
    device = DeviceKey.of(site, node, camera or "")
    zone = timezone(timedelta(hours=web.settings.utc_offset_h))
    now = datetime.now(UTC)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    record = track_record(web.store, device, since=midnight - timedelta(days=days - 1), until=now, zone=zone)
    if record is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"nothing is known of {device.path}")
    figures = record.reliability
    return HistoryAnswer(
        device=DeviceName.model_validate(device),
        since=record.since,
        until=record.until,
        spans=tuple(map(SpanAnswer.model_validate, record.spans)),
        shares=SharesAnswer.of(record.shares),
        days={day: SharesAnswer.of(shares) for day, shares in record.days.items()},
        months={month: SharesAnswer.of(shares) for month, shares in record.months.items()},
        failures=figures.failures,
        between_failures_s=_seconds(figures.between),
        to_repair_s=_seconds(figures.to_repair),
        longest_failure_s=_seconds(figures.longest),
        last_good_at=record.last_good_at,
    )


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _done(web: Web, number: int, do: Callable[[], object]) -> TicketAnswer:
    """Do it; what is refused becomes an answer in words."""
    if web.store.tickets.get(number) is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"there is no ticket {number}")
    try:
        do()
    except TicketRefusedError as error:
        conflict = error.refusal in (Refusal.CHANGED, Refusal.NOT_NOW, Refusal.EVIDENCE_STANDS, Refusal.SAME)
        status = HTTPStatus.CONFLICT if conflict else HTTPStatus.UNPROCESSABLE_ENTITY
        raise HTTPException(status, str(error)) from error
    found = web.store.tickets.get(number)
    assert found is not None
    return TicketAnswer.model_validate(found)
