"""Where the camera looks, from look to look."""

from __future__ import annotations

from collections import deque

import numpy as np

from edge.health.alignment import Alignment, align, match_views
from edge.health.look import Look
from edge.health.view import Occupied, View

_TO_1280 = 4.0
"""From pixels of 320 × 180 to those of a picture 1280 wide."""
_SHAKE_WINDOW_S = 3.0
_SHAKE_LOOKS = 8
_MATCH_EVERY_S = 1.0


class Place:
    """Keeps how the view lies against its reference, and how steadily."""

    def __init__(self) -> None:
        self.alignment: Alignment | None = None
        """None when nothing can be matched: too little to hold on to, a vehicle before it, or another scene."""
        self.step_px = 0.0
        """How far the view moved since the look before, in pixels of a picture 1280 wide."""
        self._shifts: deque[tuple[float, float, float]] = deque()
        self._matched_s = float("-inf")
        self._matched: Alignment | None = None
        self._last: Look | None = None

    def take(self, look: Look, view: View, occupied: Occupied) -> None:
        """Take a look into account."""
        self.step_px = 0.0
        last, self._last = self._last, look
        if not view.ready:
            self.alignment = None
            if last is not None:
                self._follow(look, last)
            return
        found, _, telling = align(look.slopes, view.slopes)
        if found is None and telling and occupied.share < 0.6:
            if look.at_s - self._matched_s >= _MATCH_EVERY_S:
                self._matched_s = look.at_s
                self._matched = match_views(look.fine, view.picture.astype(np.uint8))
            found = self._matched
        elif found is not None:
            self._matched = None
        self.alignment = found
        if found is not None and found is not self._matched:
            before = self._shifts[-1] if self._shifts else None
            dx, dy = (_TO_1280 * part for part in found.shift_px)
            if before is not None and look.at_s - before[0] < 1.0:
                self.step_px = float(np.hypot(dx - before[1], dy - before[2]))
            self._shifts.append((look.at_s, dx, dy))

    def _follow(self, look: Look, before: Look) -> None:
        """Without a reference: from look to look."""
        moved, _, _ = align(look.slopes, before.slopes)
        if moved is not None:
            _, x, y = self._shifts[-1] if self._shifts else (0.0, 0.0, 0.0)
            dx, dy = (_TO_1280 * part for part in moved.shift_px)
            self.step_px = float(np.hypot(dx, dy))
            self._shifts.append((look.at_s, x + dx, y + dy))

    @property
    def reach_share(self) -> float:
        """How far the view lies from its reference, as a share of the picture's width; 0 when that cannot be told."""
        return self.alignment.reach_px / 320 if self.alignment is not None else 0.0

    def shake_px(self, now_s: float) -> float:
        """Spread of where the view lay over the last seconds, in pixels of a picture 1280 wide."""
        while self._shifts and now_s - self._shifts[0][0] > _SHAKE_WINDOW_S:
            self._shifts.popleft()
        if len(self._shifts) < _SHAKE_LOOKS:
            return 0.0
        places = np.array(self._shifts)[:, 1:]
        # steps between looks, not the whole spread: a view that is moved once does not shake
        steps = np.diff(places, axis=0)
        steps -= np.median(steps, axis=0)  # nor does one that turns steadily
        return float(np.hypot(*np.median(np.abs(steps), axis=0)) * 1.05)
