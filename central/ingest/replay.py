"""When to ask for numbers that are missing. Pure: time is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from central.store.intake import OutboxKey
from central.store.ranges import Ranges, holes

MAX_ASKED = 100
"""Runs asked for in one message at most; the next ones follow when these are filled."""
_SLOWEST_S = 300.0


@dataclass
class _Hole:
    missing_since_s: float
    asked_s: float | None = None
    pause_s: float = 0.0


@dataclass
class ReplayPlan:
    """Which holes of which outbox are asked for, and when again: ever more rarely, up to every five minutes."""

    after_s: float
    every_s: float
    _holes: dict[OutboxKey, dict[tuple[int, int], _Hole]] = field(default_factory=dict)

    def seen(self, key: OutboxKey, ranges: Ranges, now_s: float) -> None:
        """Learn what is committed of an outbox."""
        before = self._holes.get(key, {})
        self._holes[key] = {hole: before.get(hole, _Hole(now_s)) for hole in holes(ranges)}

    def due(self, key: OutboxKey, now_s: float) -> Ranges:
        """What to ask of this outbox now; asking is noted."""
        asked: list[tuple[int, int]] = []
        for run, hole in self._holes.get(key, {}).items():
            if len(asked) < MAX_ASKED and self._is_due(hole, now_s):
                hole.pause_s = min(_SLOWEST_S, hole.pause_s * 2 or self.every_s)
                hole.asked_s = now_s
                asked.append(run)
        return tuple(asked)

    def waiting(self, now_s: float) -> tuple[OutboxKey, ...]:
        """Outboxes with a hole to ask for now."""
        return tuple(
            key for key, found in self._holes.items() if any(self._is_due(hole, now_s) for hole in found.values())
        )

    def _is_due(self, hole: _Hole, now_s: float) -> bool:
        if hole.asked_s is None:
            return now_s - hole.missing_since_s >= self.after_s
        return now_s - hole.asked_s >= hole.pause_s
