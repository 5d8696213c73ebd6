"""Changes of the store as they happen, for the live pages and the stream of the API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from central.store import Store
from central.store.records import EventRecord

KEEPALIVE_S: Final = 10.0
"""A reader gets a sign at least so often; also how late a change made by another process is seen."""
BATCH: Final = 200


class Feed:
    """Wakes any number of readers when the store changes. `start` and the readers belong to one event loop."""

    def __init__(self, store: Store, *, keepalive_s: float = KEEPALIVE_S) -> None:
        self._store = store
        self._keepalive_s = keepalive_s
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._closed = False
        self._forget: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to listen; call it inside the event loop."""
        self._loop = asyncio.get_running_loop()
        self._closed = False
        self._forget = self._store.on_commit(self._from_writer)

    def close(self) -> None:
        """End all readers; from any thread."""
        self._forget()
        self._closed = True
        self._from_writer()

    async def batches(self, after: int) -> AsyncIterator[tuple[EventRecord, ...]]:
        """Changes behind event `after`, some at a time; an empty batch is a sign of life. Ends when the feed closes."""
        while not self._closed:
            changed = self._changed  # taken before looking, so that nothing slips in between
            batch = await asyncio.to_thread(self._store.events.after, after, BATCH)
            if batch:
                after = batch[-1].event_id
                yield batch
                continue
            try:
                await asyncio.wait_for(changed.wait(), self._keepalive_s)
            except TimeoutError:
                yield ()

    def _from_writer(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def sse(*, event: str = "", event_id: int | None = None, data: str = "") -> str:
    """One server-sent event; without `data` a comment that keeps the connection open."""
    if not data:
        return ": alive\n\n"
    head = f"event: {event}\n" if event else ""
    if event_id is not None:
        head = f"id: {event_id}\n{head}"
    return head + "".join(f"data: {line}\n" for line in data.splitlines()) + "\n"


def resume_after(last_event_id: str | None, after: int | None, latest: int) -> int:
    """Where a reader goes on: behind the last event it names, else behind `after`, else with what comes next.

    A reader that is ahead of the store followed another one, before this one was begun anew: it gets all there is.
    """
    place = int(last_event_id) if last_event_id and last_event_id.isdecimal() else after
    if place is None:
        return latest
    return place if place <= latest else 0
