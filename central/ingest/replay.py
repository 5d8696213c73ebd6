"""When to ask for numbers that are missing. Pure: time is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from central.store.intake import OutboxKey
from central.store.ranges import Ranges

MAX_ASKED = 100
"""Runs asked for in one message at most; the next ones follow when these are filled."""
_SLOWEST_S = 300.0


@dataclass
class _Hole:
    missing_since_s: float
    asked_s: float | None = None
    pause_s: float = 0.0


@dataclass
class _Heard:
    """An outbox: when it was heard and when its holes were looked for last, and which there were."""

    looked_s: float
    heard_s: float = 0.0
    is_new: bool = True
    """Something came since that look."""
    holes: dict[tuple[int, int], _Hole] = field(default_factory=dict)


@dataclass
class ReplayPlan:
    """When to look for the holes of an outbox, which of them are asked for, and when again.

    A hole that stays is asked for ever more rarely, up to every five minutes. While an outbox catches up there are
    holes wherever something is still to come: then they are looked for every `every_s` only.
    """

    after_s: float
    every_s: float
    _outboxes: dict[OutboxKey, _Heard] = field(default_factory=dict)

    def heard(self, key: OutboxKey, now_s: float) -> None:
        """Something was committed of this outbox."""
        heard = self._outboxes.setdefault(key, _Heard(now_s))
        heard.heard_s, heard.is_new = now_s, True

    def to_look(self, now_s: float) -> tuple[OutboxKey, ...]:
        """Outboxes whose holes should be looked for: they came to rest, or have not been looked at for long."""
        return tuple(
            key
            for key, heard in self._outboxes.items()
            if heard.is_new
            and (now_s - heard.heard_s >= self.after_s or now_s - heard.looked_s >= max(self.after_s, self.every_s))
        )

    def looked(self, key: OutboxKey, holes: Ranges, now_s: float) -> None:
        """Learn what is missing of an outbox now."""
        heard = self._outboxes[key]
        heard.holes = {hole: heard.holes.get(hole, _Hole(heard.heard_s)) for hole in holes}
        heard.looked_s, heard.is_new = now_s, False

    def due(self, key: OutboxKey, now_s: float) -> Ranges:
        """What to ask of this outbox now; asking is noted."""
        asked: list[tuple[int, int]] = []
        for run, hole in self._outboxes[key].holes.items():
            if len(asked) < MAX_ASKED and self._is_due(hole, now_s):
                hole.pause_s = min(_SLOWEST_S, hole.pause_s * 2 or self.every_s)
                hole.asked_s = now_s
                asked.append(run)
        return tuple(asked)

    def waiting(self, now_s: float) -> tuple[OutboxKey, ...]:
        """Outboxes with a hole to ask for now."""
        return tuple(
            key
            for key, heard in self._outboxes.items()
            if not heard.is_new and any(self._is_due(hole, now_s) for hole in heard.holes.values())
        )

    def _is_due(self, hole: _Hole, now_s: float) -> bool:
        if hole.asked_s is None:
            return now_s - hole.missing_since_s >= self.after_s
        return now_s - hole.asked_s >= hole.pause_s
