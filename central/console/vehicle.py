"""The page of a vehicle: all that is known of one plate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from central.console.board import crops_of
from central.console.page import PageRefusedError, SeesTraffic, render, say_for, with_query
from central.console.vehicle_drawing import drawing_of
from central.openings import Followed, Opening, explain
from central.store import Store
from central.store.outcome_records import OutcomeKind, ReasonCode
from central.store.paging import search_text
from central.store.records import PassageRecord
from central.web import web_of
from contract.errors import StoreError
from contract.messages import CommandKind, PlateRead
from contract.plate import parse

vehicle_routes = APIRouter(include_in_schema=False)
_DRAWN: Final = 200
"""The newest passages, which the drawing and the sums are made of."""
_PER_PAGE: Final = 50
_ALIKE: Final = 8
_OPENED_FOR: Final = 20
"""Of so many passages, the newest, the page asks who opened for them."""
_AHEAD: Final = timedelta(minutes=3)
_LONGEST: Final = 16
_CLONES: Final = frozenset({ReasonCode.TWO_PLACES, ReasonCode.AGAIN_WITHOUT_RETURN})


@dataclass(frozen=True, slots=True)
class Companion:
    """What a vehicle came with, how often, and when last."""

    read: PlateRead | None
    text: str
    times: int
    last: PassageRecord


@vehicle_routes.get("/vehicles/{plate}")
def vehicle_page(
    request: Request, me: SeesTraffic, plate: str, cursor: Annotated[str, Query(max_length=200)] = ""
) -> HTMLResponse:
    """Its passages as a drawing and a table, and what stands out in them."""
    store, say = web_of(request).store, say_for(request)
    key = search_text(plate)
    if not 0 < len(key) <= _LONGEST:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_vehicle")
    try:
        page = store.passages.list(plate=key, cursor=cursor or None, limit=_PER_PAGE)
    except StoreError as error:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request") from error
    recent = store.passages.list(plate=key, limit=_DRAWN)
    declarations = store.declarations.list(plate=key, limit=_PER_PAGE)
    here = with_query(f"/vehicles/{key}")
    return render(
        request,
        "vehicle.html",
        me,
        status=HTTPStatus.OK if recent.items or declarations.items else HTTPStatus.NOT_FOUND,
        key=key,
        read=_read_of(key, recent.items),
        known=bool(parse(key)),
        page=page,
        recent=recent,
        declarations=declarations,
        drawing=drawing_of(recent.items, say.now, say.zone),
        outcomes=Counter(say.outcome_of(one) for one in recent.items if one.cancelled is None).most_common(),
        companions=_companions(key, recent.items),
        containers=_containers(recent.items),
        clones=[one for one in recent.items if _hints_at_clone(one)],
        doubted=[one for one in recent.items if one.decided is not None or _is_doubtful(one)],
        openings=_openings(store, recent.items[:_OPENED_FOR], say.now),
        alike=store.passages.plates_like(key, _ALIKE),
        crops_of=crops_of,
        next_url=with_query(here, cursor=page.next_cursor) if page.next_cursor else None,
        first_url=here if cursor else None,
    )


def _read_of(key: str, passages: Iterable[PassageRecord]) -> PlateRead | None:
    """How a camera saw this plate, the surest of them."""
    reads = [
        read for one in passages for read in (one.plate, one.second_plate) if read and search_text(read.text) == key
    ]
    return max(reads, key=lambda read: read.confidence, default=None)


def _others(key: str, passage: PassageRecord) -> list[PlateRead]:
    """Plates beside this one: of a trailer its tractor's, and the other way round."""
    return [read for read in (passage.plate, passage.second_plate) if read and search_text(read.text) != key]


def _companions(key: str, passages: Sequence[PassageRecord]) -> list[Companion]:
    """Plates that it came with, the most often first."""
    together = [(read, one) for one in passages for read in _others(key, one)]
    newest = {read.text: (read, one) for read, one in reversed(together)}
    times = Counter(read.text for read, _ in together)
    return [Companion(newest[text][0], text, n, newest[text][1]) for text, n in times.most_common()]


def _containers(passages: Sequence[PassageRecord]) -> list[Companion]:
    newest = {one.container: one for one in reversed(passages) if one.container}
    times = Counter(one.container for one in passages if one.container)
    return [Companion(None, text, n, newest[text]) for text, n in times.most_common()]


def _hints_at_clone(passage: PassageRecord) -> bool:
    if passage.outcome is None or passage.cancelled is not None:
        return False
    said = {reason.code for reason in passage.outcome.reasons}
    return passage.outcome.outcome is OutcomeKind.CLONE_SUSPECTED or bool(said & _CLONES)


def _is_doubtful(passage: PassageRecord) -> bool:
    return passage.outcome is not None and passage.outcome.outcome is OutcomeKind.TO_REVIEW


def _openings(store: Store, passages: Iterable[PassageRecord], now: datetime) -> list[Opening]:
    """What people opened for it."""
    found = []
    for one in passages:
        records = store.commands.list(
            site=one.site,
            lane=one.lane,
            kinds=(CommandKind.OPEN,),
            done=True,
            issued_since=one.first_seen_at - _AHEAD,
            issued_until=one.last_seen_at + _AHEAD,
        )
        found += [opening for opening in explain(records, [one], now=now) if opening.followed is Followed.VEHICLE]
    return found
