"""The timeline of a device: a strip of its states day by day, with the figures beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from central.console.letter import ticket_cause, ticket_device
from central.console.page import PageRefusedError, SeesDevices, fragment, render, say_for
from central.console.say import Say
from central.fleet.availability import Shares
from central.fleet.timeline import Span, clip
from central.fleet.track_record import track_record
from central.store import Store
from central.store.device_key import DeviceKey
from central.web import web_of

timeline_routes = APIRouter(include_in_schema=False)
Name = Annotated[str, Query(max_length=63)]
DAYS_SHOWN = 7
_SPANS_LISTED = 60


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a strip: where it begins and how long it is, in percent of the day."""

    kind: str
    left: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of a timeline."""

    day: date
    shares: Shares
    segments: tuple[Segment, ...]

    @property
    def parts(self) -> tuple[tuple[str, timedelta], ...]:
        """How long it was in each state."""
        return tuple((name, getattr(self.shares, name)) for name in ("ok", "degraded", "failed", "unknown", "planned"))


@timeline_routes.get("/timeline")
def timeline_page(
    request: Request,
    me: SeesDevices,
    *,
    site: Name,
    node: Name = "",
    camera: Name = "",
    days: Annotated[int, Query(ge=1, le=92)] = DAYS_SHOWN,
) -> HTMLResponse:
    """A page of its own; or the section alone, where a page asks for it."""
    device, say, store = DeviceKey.of(site, node, camera), say_for(request), web_of(request).store
    if not node:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.not_found")
    context = timeline_context(store, say, device, days=days)
    if "hx-request" in request.headers:
        return HTMLResponse(fragment("_timeline.html", say, **context))
    return render(request, "timeline.html", me, name=ticket_device(say, site, node, camera), **context)


def timeline_context(store: Store, say: Say, device: DeviceKey, *, days: int = DAYS_SHOWN) -> dict[str, Any]:
    """What `_timeline.html` shows."""
    since = say.midnight(say.today - timedelta(days=days - 1))
    record = track_record(store, device, since=since, until=say.now, zone=say.zone)
    rows: list[DayRow] = []
    if record is not None:
        for day, whole in sorted(record.days.items(), reverse=True):
            begin, end = say.midnight(day), say.midnight(day + timedelta(days=1))
            segments = tuple(_segment(say, span, begin, end) for span in clip(record.spans, begin, end))
            rows.append(DayRow(day, whole, segments))
    return {
        "track": record,
        "rows": rows,
        "days": days,
        "device": device,
        "spans": tuple(reversed(record.spans[-_SPANS_LISTED:])) if record else (),
        "span_name": lambda span: span_name(say, span),
        "length": lambda span: length(say, span),
    }


def span_name(say: Say, span: Span) -> str:
    """What a device was doing: the reason, or the level."""
    state = ticket_cause(say, span.reason) if span.reason else say.words(f"level.{span.level.value}")
    return f"{state} ({say.words('timeline.planned')})" if span.planned else state


def length(say: Say, span: timedelta) -> str:
    """A length of time, as people say it."""
    seconds = round(span.total_seconds())
    units = (("d", 86_400, 3600), ("h", 3600, 60), ("min", 60, 60), ("s", 1, 1))
    unit, size, smaller = next((one for one in units if seconds >= one[1]), units[-1])
    return say.words(f"span.{unit}", n=seconds // size, m=seconds % size // smaller)


def _segment(say: Say, span: Span, begin: datetime, end: datetime) -> Segment:
    day = end - begin
    title = f"{say.minute(span.since)}: {span_name(say, span)}, {length(say, span.length)}"
    kind = f"{span.level.value} planned" if span.planned else span.level.value
    return Segment(kind, round(100 * ((span.since - begin) / day), 3), round(100 * (span.length / day), 3), title)
