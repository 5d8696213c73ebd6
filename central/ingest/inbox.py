"""What waits to be handed over to central: a heap that one thread adds to and another empties by the armful."""

from __future__ import annotations

import threading

from central.ingest.pipe import Delivery, LinkNews


class Inbox:
    """Holds what came, in its order. Nobody waits to add: who does looks at its length before."""

    def __init__(self) -> None:
        self._waiting: list[Delivery | LinkNews] = []
        self._closed = False
        self._some = threading.Condition()

    def __len__(self) -> int:
        """How much waits."""
        return len(self._waiting)

    def put(self, *what: Delivery | LinkNews) -> None:
        """Add something."""
        with self._some:
            self._waiting += what
            self._some.notify()

    def take(self) -> list[Delivery | LinkNews]:
        """All that waits; waits for the first. Nothing after `close`: what is not handed over comes again."""
        with self._some:
            while not self._waiting and not self._closed:
                self._some.wait()
            taken, self._waiting = self._waiting, []
        return [] if self._closed else taken

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._some:
            self._closed = True
            self._some.notify_all()
