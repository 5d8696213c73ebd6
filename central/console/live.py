"""The live page, and the stream that keeps it current."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from central.console.board import LaneCard, board_of, cards_for, lanes_of
from central.console.page import SeesDevices, SeesTraffic, fragment, render, say_for, say_in, summary_for
from central.console.words import LANGUAGES, choose_language
from central.feed import resume_after, sse
from central.shared_parts import Drawing, Painter, SharedParts
from central.store import Store
from central.store.records import EventKind, EventRecord
from central.web import STREAM_HEADERS, Web, web_of
from contract.messages import CommandKind
from contract.plate import Language

live_routes = APIRouter(include_in_schema=False)


@live_routes.get("/")
def live_page(request: Request, me: SeesTraffic, site: str | None = None) -> HTMLResponse:
    """One card a lane."""
    store = web_of(request).store
    after = store.events.latest_id()  # before looking: the stream may repeat a change, never miss one
    site = site if site in store.lanes.sites() else None
    return render(
        request,
        "live.html",
        me,
        boards=board_of(store, say_for(request).now, site=site),
        sites=store.lanes.sites(),
        site=site,
        after=after,
    )


@live_routes.get("/live/stream")
async def live_stream(
    request: Request,
    _: SeesTraffic,
    after: int | None = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Cards that changed, as HTML, and the figures in the head."""
    web = web_of(request)
    start = resume_after(last_event_id, after, await asyncio.to_thread(web.store.events.latest_id))
    live: SharedParts = request.app.state.live
    language = choose_language(request.cookies.get("language"))

    async def lines() -> AsyncIterator[bytes]:
        yield sse().encode()
        async for part in live.follow(start, language):
            yield part

    return StreamingResponse(lines(), media_type="text/event-stream", headers=STREAM_HEADERS)


@live_routes.get("/summary")
def summary_part(request: Request, me: SeesDevices) -> HTMLResponse:
    """The figures in the head."""
    say = say_for(request)
    return HTMLResponse(fragment("_summary.html", say, summary=summary_for(web_of(request), say, me)))


def live_painter(web: Web) -> Painter:
    """Cards and figures. Everybody who may see the live page sees the same, each in their language."""
    store = web.store

    def drawings(cards: Iterable[LaneCard]) -> dict[str, Drawing]:
        return {card.key: partial(_card_html, web, card) for card in cards}

    def changed(batch: tuple[EventRecord, ...]) -> dict[str, Drawing]:
        return drawings(cards_for(store, _lanes_touched(store, batch), datetime.now(UTC)))

    def every() -> dict[str, Drawing]:
        return drawings(card for board in board_of(store, datetime.now(UTC)) for card in board.cards)

    def figures() -> Drawing:
        say = say_in(web, LANGUAGES[0])
        counted = web.figures.summary(since=say.midnight(say.today), now=say.now, with_traffic=True)
        return lambda language: fragment("_summary.html", say_in(web, language), summary=counted)

    return Painter(changed, every, figures)


def _card_html(web: Web, card: LaneCard, language: Language) -> str:
    return fragment("_lane.html", say_in(web, language), card=card)


def _lanes_touched(store: Store, batch: tuple[EventRecord, ...]) -> set[tuple[str, str]]:
    touched: set[tuple[str, str]] = set()
    passages = set()
    for event in batch:
        parts = event.subject.split("/")
        if event.kind is EventKind.CAMERA and len(parts) == 3:
            camera = store.cameras.get(*parts)
            touched |= {(camera.site, camera.lane)} if camera else set()
        elif event.kind is EventKind.NODE and len(parts) == 2:
            node = store.nodes.get(*parts)
            touched |= {(event.site, lane) for lane in lanes_of(node.lanes)} if node else set()
        elif event.kind is EventKind.COMMAND:
            touched |= _lane_of_command(store, event)
        elif event.kind in {EventKind.PASSAGE, EventKind.OUTCOME}:
            passages |= _uuid(event.subject)
    return touched | {(passage.site, passage.lane) for passage in store.passages.get_many(passages)}


def _lane_of_command(store: Store, event: EventRecord) -> set[tuple[str, str]]:
    """The lane whose card shows this command."""
    record = store.commands.get(UUID(event.subject))
    shown = record is not None and record.command.kind in {CommandKind.OPEN, CommandKind.SET_LANE_MODE}
    return {(event.site, record.command.lane)} if record is not None and shown else set()


def _uuid(text: str) -> set[UUID]:
    try:
        return {UUID(text)}
    except ValueError:  # the outcome of a declaration that nobody came for
        return set()
