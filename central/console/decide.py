"""The page where people decide: the queue, one case, and what they say of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Header, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from central.auth import Identity
from central.console.decide_case import CaseView, case_of, find_declarations, passage_id_of
from central.console.page import Decides, PageRefusedError, check_form, fragment, render, say_for, with_query
from central.console.say import Say
from central.decisions import DecisionDesk, DecisionRefusedError, Refusal
from central.feed import resume_after, sse
from central.queue import Case, waiting_cases
from central.store import Store
from central.store.decision_records import DecisionKind, DecisionRecord
from central.store.records import EventKind, EventRecord, PassageRecord
from central.web import STREAM_HEADERS, Web, web_of

decide_routes = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=200)]
Field = Annotated[str, Form(max_length=500)]
_SHOWN = 60
"""Cases in the list: as many as one looks over; the rest moves up."""
_QUEUED = frozenset({EventKind.PASSAGE, EventKind.OUTCOME})
_PART_AT_LEAST = 3
_KINDS = {kind.value for kind in DecisionKind if kind is not DecisionKind.UNDO}


@decide_routes.get("/decide")
def decide_page(request: Request, me: Decides, case: Text = "", site: Text = "", said: Text = "") -> HTMLResponse:
    """The queue with one case opened: the one that is asked for, else the worst."""
    store, say = web_of(request).store, say_for(request)
    after = store.events.latest_id()  # before looking: the stream may repeat a change, never miss one
    queue = waiting_cases(store, say.now, site=site or None)
    wanted = passage_id_of(case) if case else None
    if wanted is None and queue:
        wanted = queue[0].waiting.passage_id
    passage = store.passages.get(wanted) if wanted is not None else None
    if case and passage is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_passage")
    return render(
        request,
        "decide.html",
        me,
        after=after,
        site=site,
        sites=store.lanes.sites(),
        said=say.words("decide.done", what=say.words(f"decision.{said}")) if said in _KINDS else "",
        **_queue(store, queue, passage),
        **(_case(store, passage) if passage else {"case": None}),
    )


@decide_routes.get("/decide/list")
def decide_list(request: Request, me: Decides, site: Text = "") -> HTMLResponse:
    """The queue alone, for the page that is open."""
    store, say = web_of(request).store, say_for(request)
    queue = waiting_cases(store, say.now, site=site or None)
    return HTMLResponse(fragment("_queue.html", say, site=site, me=me, **_queue(store, queue, None)))


@decide_routes.get("/decide/cases/{passage_id}")
def decide_case(request: Request, me: Decides, passage_id: UUID, site: Text = "") -> HTMLResponse:
    """One case alone, for the page that is open; also before it is looked at."""
    store = web_of(request).store
    passage = _passage(store, passage_id)
    return HTMLResponse(fragment("_case.html", say_for(request), me=me, site=site, **_case(store, passage)))


@decide_routes.get("/decide/cases/{passage_id}/declarations")
def decide_search(request: Request, me: Decides, passage_id: UUID, plate: Text = "") -> HTMLResponse:
    """Declarations that a person looks up because none of those proposed is it."""
    store = web_of(request).store
    passage = _passage(store, passage_id)
    asked = len(plate.strip()) >= _PART_AT_LEAST
    found = find_declarations(store, passage, plate.strip()) if asked else ()
    return HTMLResponse(fragment("_looked_up.html", say_for(request), me=me, found=found, asked=asked, passage=passage))


@decide_routes.post("/decide/cases/{passage_id}")
def decide(
    request: Request,
    me: Decides,
    passage_id: UUID,
    *,
    act: Field = "",
    plate: Field = "",
    why: Field = "",
    version: Annotated[int, Form()] = -1,
    site: Field = "",
    csrf: Field = "",
) -> Response:
    """Keep a decision. `act` is its kind; `link` has the number of the declaration behind it."""
    check_form(me, csrf)
    store, say = web_of(request).store, say_for(request)
    kind, _, declaration_id = act.partition(" ")
    if kind not in {one.value for one in DecisionKind}:
        raise PageRefusedError(HTTPStatus.BAD_REQUEST, "error.bad_request")
    desk = DecisionDesk(store)
    try:
        if kind == DecisionKind.UNDO.value:
            record = desk.undo(passage_id, version=version, actor=me.name, why=why)
        else:
            record = desk.decide(
                passage_id,
                DecisionKind(kind),
                version=version,
                actor=me.name,
                why=why,
                plate=plate,
                declaration_id=declaration_id,
            )
    except DecisionRefusedError as error:
        return _refused(request, me, passage_id, error, site=site, plate=plate)
    if _by_script(request):
        return JSONResponse({"said": _done(say, store, record), "version": record.number})
    again = str(passage_id) if kind == DecisionKind.UNDO.value else ""
    return RedirectResponse(with_query("/decide", case=again, site=site, said=kind), HTTPStatus.SEE_OTHER)


@decide_routes.get("/decide/here")
def decide_here(
    request: Request, me: Decides, tab: Annotated[str, Query(min_length=8, max_length=40)], case: Text = ""
) -> Response:
    """An open page says which case it shows; its stream tells the others, and keeps it alive."""
    presence, passage_id = web_of(request).presence, passage_id_of(case)
    if passage_id is None:
        presence.leave(tab)
    else:
        presence.note(tab, me.name, passage_id)
    return JSONResponse(_others(web_of(request), tab))


@decide_routes.get("/decide/stream")
async def decide_stream(
    request: Request,
    _: Decides,
    tab: Annotated[str, Query(max_length=40)] = "",
    after: int | None = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Which passages changed: what was fetched of them is old, and the queue may be another. And who looks at what."""
    web = web_of(request)
    start = resume_after(last_event_id, after, await asyncio.to_thread(web.store.events.latest_id))
    lines = _stream_lines(web, tab, start)
    return StreamingResponse(lines, media_type="text/event-stream", headers=STREAM_HEADERS)


async def _stream_lines(web: Web, tab: str, start: int) -> AsyncIterator[str]:
    loop, moved = asyncio.get_running_loop(), asyncio.Event()

    def somebody_moved() -> None:
        loop.call_soon_threadsafe(moved.set)

    forget = web.presence.on_change(somebody_moved)
    batches = web.feed.batches(start)
    coming = asyncio.ensure_future(anext(batches, None))
    walked = asyncio.ensure_future(moved.wait())
    told: dict[str, tuple[str, ...]] = {}
    try:
        yield sse()
        while True:
            await asyncio.wait({coming, walked}, return_when=asyncio.FIRST_COMPLETED)
            if walked.done():
                moved.clear()
                walked = asyncio.ensure_future(moved.wait())
            if coming.done():
                batch = coming.result()
                if batch is None:
                    return
                coming = asyncio.ensure_future(anext(batches, None))
                changed = _changed(batch)
                yield sse(event="queue", event_id=batch[-1].event_id, data=json.dumps(changed)) if changed else sse()
            web.presence.stays(tab)
            if (now := _others(web, tab)) != told:
                told = now
                yield sse(event="here", data=json.dumps(now))
    finally:
        forget()
        coming.cancel()
        walked.cancel()


def _others(web: Web, tab: str) -> dict[str, tuple[str, ...]]:
    return {str(key): names for key, names in web.presence.others(tab).items()}


def _changed(batch: tuple[EventRecord, ...]) -> list[str]:
    return sorted({event.subject for event in batch if event.kind in _QUEUED})


def _passage(store: Store, passage_id: UUID) -> PassageRecord:
    passage = store.passages.get(passage_id)
    if passage is None:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_passage")
    return passage


def _queue(store: Store, queue: tuple[Case, ...], current: PassageRecord | None) -> dict[str, Any]:
    shown = queue[:_SHOWN]
    passages = {one.passage_id: one for one in store.passages.get_many(case.waiting.passage_id for case in shown)}
    rows = [(case, passages[case.waiting.passage_id]) for case in shown if case.waiting.passage_id in passages]
    return {"rows": rows, "waiting": len(queue), "current": current.passage_id if current else None}


def _case(store: Store, passage: PassageRecord) -> dict[str, Any]:
    case: CaseView = case_of(store, passage)
    return {"case": case, "passage": passage}


def _by_script(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _done(say: Say, store: Store, record: DecisionRecord) -> str:
    if record.kind is not DecisionKind.UNDO:
        return say.words("decide.done", what=say.words(f"decision.{record.kind.value}"))
    undone = [one for one in store.decisions.of_passage(record.passage_id) if one.number == record.undoes]
    return say.words("decide.undone", what=", ".join(say.words(f"decision.{one.kind.value}") for one in undone))


def _refused(
    request: Request, me: Identity, passage_id: UUID, error: DecisionRefusedError, *, site: str, plate: str
) -> Response:
    """Why nothing was kept: as a sentence for the script, or on the page as it is now."""
    web: Web = web_of(request)
    say = say_for(request)
    if error.refusal is Refusal.NO_PASSAGE:
        raise PageRefusedError(HTTPStatus.NOT_FOUND, "error.no_passage")
    sentence = refusal_sentence(say, error, plate)
    first = error.refusal in (Refusal.CHANGED, Refusal.TAKEN, Refusal.NOTHING_TO_UNDO)
    status = HTTPStatus.CONFLICT if first else HTTPStatus.BAD_REQUEST
    if _by_script(request):
        return JSONResponse({"problem": sentence, "first": error.refusal is Refusal.CHANGED}, status)
    passage = _passage(web.store, passage_id)
    return render(
        request,
        "decide.html",
        me,
        status=status,
        after=web.store.events.latest_id(),
        site=site,
        sites=web.store.lanes.sites(),
        said="",
        problem=sentence,
        **_queue(web.store, waiting_cases(web.store, say.now, site=site or None), passage),
        **_case(web.store, passage),
    )


def refusal_sentence(say: Say, error: DecisionRefusedError, plate: str = "") -> str:
    """Why a decision was not kept, in words."""
    first = error.first
    if error.refusal is Refusal.CHANGED and first is not None:
        what = say.words(f"decision.{first.kind.value}")
        return say.words("decide.first_was", who=first.by, what=what, at=say.time(first.at))
    if error.refusal is Refusal.TAKEN and first is not None:
        return say.words("decide.taken", who=first.by)
    if error.refusal is Refusal.BAD_PLATE:
        return say.words("decide.bad_plate", text=plate.strip() or "–")
    if error.refusal is Refusal.CHANGED:
        return say.words("decide.failed")
    return say.words(f"decide.{error.refusal.value}")
