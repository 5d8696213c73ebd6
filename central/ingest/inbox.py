"""Messages between the network thread and the one that writes: a bounded heap that is emptied by the armful."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from central.ingest.intake import Packet


@dataclass(frozen=True, slots=True)
class Delivery:
    """A packet with what the broker wants back for it."""

    packet: Packet
    mid: int
    qos: int
    connection: int
    """Which connection it came over: an acknowledgement means nothing on another one."""


class Inbox:
    """Holds at most `size` messages; whoever brings more waits: this is how the broker learns to wait."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._waiting: list[Delivery] = []
        self._wanted = 1
        """Whoever takes is woken at this number, not at each message."""
        self._closed = False
        lock = threading.Lock()
        self._enough, self._room = threading.Condition(lock), threading.Condition(lock)

    def put(self, delivery: Delivery) -> None:
        """Add a message; waits for room. What comes after `close` is dropped: it was not acknowledged."""
        with self._room:
            while len(self._waiting) >= self._size and not self._closed:
                self._room.wait()
            if self._closed:
                return
            self._waiting.append(delivery)
            if len(self._waiting) >= self._wanted:
                self._enough.notify()

    def take(self, most: int, *, idle_s: float, more_s: float) -> list[Delivery]:
        """Up to `most` messages, in their order; none when none comes within `idle_s`.

        Where there are fewer, waits `more_s` for more: a burst costs one write and not a hundred.
        """
        with self._enough:
            self._wait_for(1, idle_s)
            if self._waiting:
                self._wait_for(min(most, self._size), more_s)
            taken, self._waiting = self._waiting[:most], self._waiting[most:]
            self._room.notify_all()
        return taken

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._room:
            self._closed = True
            self._room.notify_all()
            self._enough.notify_all()

    def _wait_for(self, number: int, wait_s: float) -> None:
        self._wanted = number
        until_s = time.monotonic() + wait_s
        while len(self._waiting) < number and not self._closed and (left_s := until_s - time.monotonic()) > 0:
            self._enough.wait(left_s)
