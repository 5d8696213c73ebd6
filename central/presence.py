"""Who has which case before them. In memory, and forgotten by itself: a sign of life, no lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

FORGOTTEN_AFTER_S: Final = 25.0
"""An open stream says at least every ten seconds that its page is still there."""


@dataclass(frozen=True, slots=True)
class _Seen:
    name: str
    passage_id: UUID
    at_s: float


class Presence:
    """One for all pages that a program serves; may be used from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def note(self, tab: str, name: str, passage_id: UUID) -> None:
        """A page (`tab`: a name that it made up) shows a case to somebody."""
        now = self._clock()
        with self._lock:
            self._seen = {key: one for key, one in self._seen.items() if now - one.at_s < FORGOTTEN_AFTER_S}
            self._seen[tab] = _Seen(name, passage_id, now)
        self._tell()

    def stays(self, tab: str) -> None:
        """A page is still there, with the case that it showed last."""
        with self._lock:
            if (seen := self._seen.get(tab)) is not None:
                self._seen[tab] = replace(seen, at_s=self._clock())

    def leave(self, tab: str) -> None:
        """A page was closed."""
        with self._lock:
            self._seen.pop(tab, None)
        self._tell()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` (quick, from any thread) when somebody turns to another case; returns how to stop."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def others(self, tab: str) -> dict[UUID, tuple[str, ...]]:
        """Who looks at what on other pages than this one, by name."""
        now = self._clock()
        found: dict[UUID, list[str]] = {}
        with self._lock:
            for key, one in self._seen.items():
                if key != tab and now - one.at_s < FORGOTTEN_AFTER_S:
                    found.setdefault(one.passage_id, []).append(one.name)
        return {passage_id: tuple(sorted(set(names))) for passage_id, names in found.items()}
