"""The search: passages by any part of a plate, time, place and outcome, as a table or a wall of pictures."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from central.console.board import crops_of
from central.console.page import PageRefusedError, SeesTraffic, render, say_for, with_query
from central.console.say import Say
from central.rights import Right
from central.store import Store
from central.store.outcome_records import OutcomeKind
from central.store.records import EvidenceRecord, FoundPage, PassageRecord
from central.store.search import Filters
from central.web import web_of
from contract.errors import StoreError
from contract.messages import Direction, EvidenceKind
from contract.plate import PlateCountry, PlateKind

search_routes = APIRouter(include_in_schema=False)
E_ = TypeVar("E_", bound=Enum)
Text = Annotated[str, Query(max_length=200)]
PATH = "/passages"
_PER_PAGE = 50
_OUTCOMES = tuple(outcome for outcome in OutcomeKind if outcome is not OutcomeKind.NO_SHOW)
_WALL = "wall"


class NotATimeError(ValueError):
    """What stands in a field for a time is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks for, as it stands in the address; empty where it does not matter."""

    plate: str = ""
    alike: str = ""
    site: str = ""
    lane: str = ""
    direction: str = ""
    outcome: str = ""
    country: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    view: str = ""

    def path(self, **changed: str | None) -> str:
        """The address of this search, some of it changed."""
        return with_query(PATH, **asdict(self) | changed)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the plate narrows it."""
        return self != Asked(plate=self.plate, alike=self.alike, view=self.view)


def _asked(
    *,
    plate: Text = "",
    alike: Text = "",
    site: Text = "",
    lane: Text = "",
    direction: Text = "",
    outcome: Text = "",
    country: Text = "",
    kind: Text = "",
    since: Text = "",
    until: Text = "",
    view: Text = "",
) -> Asked:
    return Asked(
        plate.strip(), alike, site, lane, direction, outcome, country, kind, since.strip(), until.strip(), view
    )


@search_routes.get(PATH)
def search_page(
    request: Request, me: SeesTraffic, asked: Annotated[Asked, Depends(_asked)], cursor: Text = ""
) -> HTMLResponse:
    """What fits, the newest first."""
    store, say = web_of(request).store, say_for(request)
    page: FoundPage[PassageRecord] = FoundPage(())
    problem = ""
    try:
        wanted = _filters(say, asked)
        page = store.passages.list(**wanted, cursor=cursor or None, limit=_PER_PAGE)
        if wanted["since"] and wanted["until"] and wanted["since"] >= wanted["until"]:
            problem = "search.ends_first"
    except NotATimeError:
        problem = "search.no_time"
    except StoreError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
    return render(
        request,
        "passages.html",
        me,
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        page=page,
        problem=problem,
        asked=asked,
        since=_field(say, asked.since),
        until=_field(say, asked.until, days=1),
        sites=store.lanes.sites(),
        lanes=_lanes(store, asked.site),
        outcomes=_OUTCOMES,
        countries=tuple(PlateCountry),
        kinds=tuple(PlateKind),
        crops_of=crops_of,
        frame_of=frame_of,
        wall=asked.view == _WALL,
        next_url=asked.path(cursor=page.next_cursor) if page.next_cursor else None,
        first_url=asked.path() if cursor else None,
        table_url=asked.path(view=None, cursor=cursor),
        wall_url=asked.path(view=_WALL, cursor=cursor),
        export_url=_export_urls(asked, wanted) if not problem and me.may(Right.EXPORT) else None,
        try_url={
            "alike": asked.path(alike="1") if asked.plate and not asked.alike else None,
            "wider": replace(Asked(plate=asked.plate, alike=asked.alike), view=asked.view).path()
            if asked.narrowed
            else None,
        },
    )


def frame_of(passage: PassageRecord) -> EvidenceRecord | None:
    """The picture of the whole vehicle that a wall shows: the frame that was read, if it has arrived."""
    here = [picture for picture in passage.evidence if picture.present and picture.kind is not EvidenceKind.CROP]
    return next((picture for picture in here if picture.kind is EvidenceKind.FRAME), next(iter(here), None))


def member(kind: type[E_], text: str) -> E_ | None:
    """What a field chooses; None where it is empty."""
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error


def moment(say: Say, text: str, *, days: int = 0) -> datetime | None:
    """A day or a minute at the gates, as fields of forms have it; `days` after that day, if it is one.

    Raises:
        NotATimeError: it is neither.

    """
    if not text:
        return None
    try:
        if "T" in text:
            return datetime.fromisoformat(text).replace(tzinfo=say.zone)
        return say.midnight(date.fromisoformat(text) + timedelta(days=days))
    except (ValueError, OverflowError) as error:
        raise NotATimeError(text) from error


def _filters(say: Say, asked: Asked) -> Filters:
    return Filters(
        site=asked.site or None,
        lane=asked.lane or None,
        direction=member(Direction, asked.direction),
        outcome=member(OutcomeKind, asked.outcome),
        plate_part=asked.plate or None,
        alike=bool(asked.alike),
        country=member(PlateCountry, asked.country),
        kind=member(PlateKind, asked.kind),
        since=moment(say, asked.since),
        until=moment(say, asked.until, days=1),
    )


def _field(say: Say, text: str, *, days: int = 0) -> str:
    """A time as its field wants it; what is none as it came."""
    try:
        at = moment(say, text, days=days)
    except NotATimeError:
        return text
    return f"{at.astimezone(say.zone):%Y-%m-%dT%H:%M}" if at is not None else ""


def _export_urls(asked: Asked, wanted: Filters) -> dict[str, str]:
    times = {name: at.isoformat() if at is not None else None for name in ("since", "until") if (at := wanted[name])}
    fields: dict[str, Any] = asdict(asked) | {"since": None, "until": None, "view": None} | times
    formats = {"csv": "csv", "json": "ndjson"}
    return {name: with_query("/api/v1/exports/passages", **fields, format=form) for name, form in formats.items()}


def _lanes(store: Store, site: str) -> tuple[str, ...]:
    return tuple(sorted({lane.lane for node in store.nodes.list(site=site or None) for lane in node.lanes}))
