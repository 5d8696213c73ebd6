"""Parts of a page that many screens show: drawn once when they changed, and sent to all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from central.feed import BATCH, KEEPALIVE_S, Feed, sse
from central.store import Store
from central.store.records import EventRecord

_FIGURES_EVERY_S: Final = 1.0
"""Figures count a whole day anew: once a second is often enough for people."""


@dataclass(frozen=True, slots=True)
class Painter:
    """How parts are drawn, by the name that the page knows them by; called from threads."""

    changed: Callable[[tuple[EventRecord, ...]], Mapping[str, str]]
    """Those that these changes touch, as they are now."""
    all: Callable[[], Mapping[str, str]]
    """Every one, for a screen that was away for long."""
    figures: Callable[[], str]
    """The figures in the head, sent as `summary`."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part as it is sent, without its number, and the change up to which it is right."""

    event_id: int
    line: bytes


class SharedParts:
    """One painter for any number of screens; works while there are any. All belong to one event loop.

    A screen that cannot keep up skips drawings, never a part: it is sent each as it is now.
    """

    def __init__(self, store: Store, feed: Feed, painter: Painter) -> None:
        self._store = store
        self._feed = feed
        self._painter = painter
        self._parts: dict[str, _Part] = {}
        self._figures = _Part(0, b"")
        self._known_from = self._place = 0
        self._changed = asyncio.Event()
        self._screens = 0
        self._work: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None

    async def follow(self, after: int) -> AsyncIterator[bytes]:
        """What a screen is sent that shows everything up to event `after`. Ends when the feed closes."""
        self._screens += 1
        try:
            if self._work is None:
                await self._begin()
            if after < self._known_from:
                await self._reach_back(after)
            async for lines in self._lines(after):
                yield lines
        finally:
            self._screens -= 1
            if not self._screens:
                self._end()

    async def _lines(self, after: int) -> AsyncIterator[bytes]:
        counted = after
        while self._work is not None and not self._work.done():
            changed, place, figures = self._changed, self._place, self._figures
            lines = [part.line for part in self._parts.values() if part.event_id > after]
            if figures.event_id > counted:
                lines.append(figures.line)
                counted = figures.event_id
            if lines:  # only the last one may say that all up to `place` has come: the line may break before it
                numbers = [after] * (len(lines) - 1) + [place]
                yield b"".join(b"id: %d\n%s" % pair for pair in zip(numbers, lines, strict=True))
            after = place
            try:
                await asyncio.wait_for(changed.wait(), KEEPALIVE_S)
            except TimeoutError:
                yield sse().encode()

    async def _begin(self) -> None:
        latest = await asyncio.to_thread(self._store.events.latest_id)
        if self._work is None:  # or another screen was quicker
            self._known_from = self._place = latest
            self._parts.clear()
            self._work = asyncio.create_task(self._paint())

    def _end(self) -> None:
        for task in (self._work, self._counting):
            if task is not None:
                task.cancel()
        self._work = self._counting = None

    async def _paint(self) -> None:
        try:
            async for batch in self._feed.batches(self._place):
                if batch:
                    self._put(await asyncio.to_thread(self._painter.changed, batch), batch[-1].event_id)
                    self._place = batch[-1].event_id
                    self._wake()
                    self._count_soon()
        finally:
            self._wake()  # whatever ended it: the screens end, and come again

    def _count_soon(self) -> None:
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count())

    async def _count(self) -> None:
        while self._figures.event_id < self._place:
            place = self._place
            html = await asyncio.to_thread(self._painter.figures)
            self._figures = _Part(place, sse(event="summary", data=html).encode())
            self._wake()
            await asyncio.sleep(_FIGURES_EVERY_S)

    async def _reach_back(self, after: int) -> None:
        """Draw what changed behind `after`, before anybody looked."""
        place = self._place
        missed = await asyncio.to_thread(self._store.events.after, after, BATCH)
        many = len(missed) == BATCH
        drawn = await asyncio.to_thread(self._painter.all if many else partial(self._painter.changed, missed))
        newer = {name for name, part in self._parts.items() if part.event_id >= place}
        self._put({name: html for name, html in drawn.items() if name not in newer}, place)
        self._known_from = min(self._known_from, after)
        self._count_soon()

    def _put(self, drawn: Mapping[str, str], place: int) -> None:
        for name, html in drawn.items():
            self._parts[name] = _Part(place, sse(event=name, data=html).encode())

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
