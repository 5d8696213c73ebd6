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
from contract.plate import Language

_FIGURES: Final = "summary"
_FIGURES_EVERY_S: Final = 1.0
"""Figures count a whole day anew: once a second is often enough for people."""
_PAUSE_S: Final = 0.05
"""Between two looks at what changed: the first change is drawn at once, those that follow together. Each look, and each
sending to each screen, costs the same for one change as for many."""

Drawing = Callable[[Language], str]
"""A part as HTML in a language; quick, since it has all it needs, and called in the event loop."""


@dataclass(frozen=True, slots=True)
class Painter:
    """Finds out what is to be drawn, by the name that the page knows a part by; called from threads."""

    changed: Callable[[tuple[EventRecord, ...]], Mapping[str, Drawing]]
    """Parts that these changes touch, as they are now."""
    all: Callable[[], Mapping[str, Drawing]]
    """Every one, for a screen that was away for long."""
    figures: Callable[[], Drawing]
    """The figures in the head, sent as `summary`."""


class _Part:
    """A part, the change up to which it is right, and how it is sent but for its number, in each language once."""

    def __init__(self, event_id: int, name: str, drawing: Drawing) -> None:
        self.event_id = event_id
        self._name, self._drawing = name, drawing
        self._lines: dict[Language, bytes] = {}

    def line(self, language: Language) -> bytes:
        """For a screen in that language."""
        if language not in self._lines:
            self._lines[language] = sse(event=self._name, data=self._drawing(language)).encode()
        return self._lines[language]


class SharedParts:
    """One painter for any number of screens; works while there are any. All belong to one event loop.

    A screen that cannot keep up skips drawings, never a part: it is sent each as it is now.
    """

    def __init__(self, store: Store, feed: Feed, painter: Painter) -> None:
        self._store = store
        self._feed = feed
        self._painter = painter
        self._parts: dict[str, _Part] = {}
        self._figures = _Part(0, _FIGURES, lambda _: "")
        self._known_from = self._place = 0
        self._changed = asyncio.Event()
        self._reaching = asyncio.Lock()
        self._screens = 0
        self._work: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None

    async def follow(self, after: int, language: Language) -> AsyncIterator[bytes]:
        """What a screen is sent that shows everything up to event `after`. Ends when the feed closes."""
        self._screens += 1
        try:
            if self._work is None:
                await self._begin()
            async with self._reaching:  # who comes second finds it drawn
                if after < self._known_from:
                    await self._reach_back(after)
            async for lines in self._lines(after, language):
                yield lines
        finally:
            self._screens -= 1
            if not self._screens:
                self._end()

    async def _lines(self, after: int, language: Language) -> AsyncIterator[bytes]:
        counted = after
        while self._work is not None and not self._work.done():
            changed, place, figures = self._changed, self._place, self._figures
            lines = [part.line(language) for part in self._parts.values() if part.event_id > after]
            if figures.event_id > counted:
                lines.append(figures.line(language))
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
                    await asyncio.sleep(_PAUSE_S)
        finally:
            self._wake()  # whatever ended it: the screens end, and come again

    def _count_soon(self) -> None:
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count())

    async def _count(self) -> None:
        while self._figures.event_id < self._place:
            place = self._place
            self._figures = _Part(place, _FIGURES, await asyncio.to_thread(self._painter.figures))
            self._wake()
            await asyncio.sleep(_FIGURES_EVERY_S)

    async def _reach_back(self, after: int) -> None:
        """Draw what changed behind `after`, before anybody looked."""
        place = self._place
        missed = await asyncio.to_thread(self._store.events.after, after, BATCH)
        many = len(missed) == BATCH
        drawn = await asyncio.to_thread(self._painter.all if many else partial(self._painter.changed, missed))
        newer = {name for name, part in self._parts.items() if part.event_id >= place}
        self._put({name: drawing for name, drawing in drawn.items() if name not in newer}, place)
        self._known_from = min(self._known_from, after)
        self._count_soon()

    def _put(self, drawn: Mapping[str, Drawing], place: int) -> None:
        self._parts |= {name: _Part(place, name, drawing) for name, drawing in drawn.items()}

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
