"""Which frames of a camera are wanted when it sends more than are asked for."""

from __future__ import annotations

import time


class Pace:
    """Lets at most `max_fps` frames a second through, evenly, and never a burst to catch up.

    A frame may come half an interval early: else a camera that sends exactly `max_fps`, with a little jitter, would
    lose every other frame.
    """

    def __init__(self, max_fps: float) -> None:
        self._interval_s = 1.0 / max_fps
        self._due_s = float("-inf")

    def wants(self, now_s: float | None = None) -> bool:
        """Whether the frame that is here at `now_s` (monotonic, by default now) is to be used."""
        now_s = time.monotonic() if now_s is None else now_s
        if now_s < self._due_s - self._interval_s / 2:
            return False
        self._due_s = max(self._due_s, now_s) + self._interval_s
        return True
