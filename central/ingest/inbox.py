"""Messages between the thread that hears and the one that hands over: a bounded heap that is emptied by the armful."""

from __future__ import annotations

import threading

from central.ingest.pipe import Delivery


class Inbox:
    """Holds at most `size` messages; whoever brings more waits: this is how the broker learns to wait."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: list[Delivery] = []
        self._closed = False
        lock = threading.Lock()
        self._some, self._room = threading.Condition(lock), threading.Condition(lock)

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def put(self, delivery: Delivery) -> None:
        """Add a message; waits for room. What comes after `close` is dropped: it was not acknowledged."""
        with self._room:
            while len(self._waiting) >= self._size and not self._closed:
                self._room.wait()
            if self._closed:
                return
            self._waiting.append(delivery)
            self._some.notify()

    def take(self) -> list[Delivery]:
        """All that wait, in their order; waits for the first. None of them after `close`."""
        with self._some:
            while not self._waiting and not self._closed:
                self._some.wait()
            taken, self._waiting = self._waiting, []
            self._room.notify()
        return [] if self._closed else taken

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._room:
            self._closed = True
            self._room.notify_all()
            self._some.notify_all()
