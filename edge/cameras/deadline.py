"""Time-outs for sources that have none of their own, or do not keep them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edge.cameras.settings import CameraSettings

_GRACE_S = (2.0, 0.5)
"""For a source that keeps its own time-outs and can say more: to open it, and to read a frame."""


class Deadline:
    """Calls `expired` with what happened when the source is late, from a thread of its own, once.

    The thread that waits for a frame may hang in a driver, so it cannot watch itself.
    """

    def __init__(self, settings: CameraSettings, expired: Callable[[str], None]) -> None:
        self._settings = settings
        self._expired = expired
        self._moved = threading.Condition()
        self._opened = False
        self._until_s: float | None = 0.0

    def start(self) -> None:
        """The source is about to be opened."""
        self._until_s = time.monotonic() + self._settings.open_timeout_s + _GRACE_S[0]
        threading.Thread(target=self._watch, name="deadline", daemon=True).start()

    def extend(self) -> None:
        """The source was opened, or gave a frame."""
        with self._moved:
            if not self._opened:
                self._opened = True
                self._moved.notify()  # from here on the time is shorter
            # a frame is only told when it is wanted
            wait_s = self._settings.read_timeout_s + 1 / self._settings.max_fps + _GRACE_S[1]
            self._until_s = time.monotonic() + wait_s

    def stop(self) -> None:
        """There is nothing to wait for any more."""
        with self._moved:
            self._until_s = None
            self._moved.notify()

    def _watch(self) -> None:
        with self._moved:
            while self._until_s is not None:
                left_s = self._until_s - time.monotonic()
                if left_s <= 0:
                    break
                self._moved.wait(left_s)
            else:
                return
        settings, shown = self._settings, self._settings.public_source
        if self._opened:
            self._expired(f"{shown} is open, but gave no frame for {settings.read_timeout_s:g} s")
        else:
            self._expired(f"cannot open {shown}: it does not answer within {settings.open_timeout_s:g} s")
