"""Changes as server-sent events: one event a change, named by its kind, with what changed as it is now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from central.api.guard import SeesDevices, WebPart
from central.api.models import CameraAnswer, ChangeAnswer, DeclarationAnswer, NodeAnswer, PassageAnswer
from central.feed import resume_after, sse
from central.rights import Right
from central.store import Store
from central.store.records import EventKind, EventRecord
from central.web import STREAM_HEADERS

stream_routes = APIRouter(tags=["stream"])

_DEVICES = frozenset(
    {EventKind.CAMERA, EventKind.NODE, EventKind.COMMAND, EventKind.TICKET, EventKind.WINDOW, EventKind.NOTICE}
)


@stream_routes.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "`data` of each event: a `ChangeAnswer`"}},
)
async def stream(
    web: WebPart,
    asking: SeesDevices,
    last_event_id: Annotated[str | None, Header(description="go on behind this event")] = None,
    after: Annotated[int | None, Query(ge=0, description="the same, for a first connection; 0: from the start")] = None,
    site: Annotated[str | None, Query()] = None,
) -> StreamingResponse:
    """Follow all changes. Without a place to resume from, begins with the next change."""
    sees_traffic = asking.may(Right.TRAFFIC)
    start = resume_after(last_event_id, after, await asyncio.to_thread(web.store.events.latest_id))

    def wanted(event: EventRecord) -> bool:
        return (site is None or event.site == site) and (sees_traffic or event.kind in _DEVICES)

    async def lines() -> AsyncIterator[str]:
        yield sse()
        async for batch in web.feed.batches(start):
            told = [event for event in batch if wanted(event)]
            answers = await asyncio.to_thread(_changes, web.store, told)
            for change in answers:
                yield sse(event=change.kind.value, event_id=change.event_id, data=change.model_dump_json())
            if not answers:
                yield sse()

    return StreamingResponse(lines(), media_type="text/event-stream", headers=STREAM_HEADERS)


def _changes(store: Store, events: list[EventRecord]) -> list[ChangeAnswer]:
    return [_change(store, event) for event in events]


def _change(store: Store, event: EventRecord) -> ChangeAnswer:
    change = ChangeAnswer.model_validate(event)
    parts = event.subject.split("/")
    if event.kind is EventKind.CAMERA and len(parts) == 3:
        camera = store.cameras.get(*parts)
        return change.model_copy(update={"camera": CameraAnswer.of(camera) if camera else None})
    if event.kind is EventKind.NODE and len(parts) == 2:
        node = store.nodes.get(*parts)
        return change.model_copy(update={"node": NodeAnswer.of(node) if node else None})
    if event.kind not in (EventKind.PASSAGE, EventKind.OUTCOME, EventKind.DECLARATION):
        return change
    passage = store.passages.get(UUID(event.subject)) if _is_uuid(event.subject) else None
    if passage is not None:
        return change.model_copy(update={"passage": PassageAnswer.of(passage)})
    declaration = store.declarations.get(event.subject)
    return change.model_copy(update={"declaration": DeclarationAnswer.of(declaration) if declaration else None})


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
