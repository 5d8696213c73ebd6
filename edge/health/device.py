"""How the node itself does: what its machine tells, held against limits. Pure: readings and times are passed in.

A trouble must be there for a while before it is told, and be gone for a while before it is taken back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from contract.messages import NodeFinding, NodeTrouble, Severity, TimeQuality

HOT_C = 80.0
"""From 80 °C a Raspberry Pi slows itself down (`temp_limit` in its documentation is 85); Jetsons do so near 95."""
_COOL_C = 75.0
"""Below this it is hot no more."""
WORN_PERCENT, DYING_PERCENT = 70, 90
"""Of a disk's life as it tells it itself (NVMe `percentage used`; JEDEC DEVICE_LIFE_TIME_EST of an eMMC)."""
_LOW_VOLTAGE, _CAPPED, _THROTTLED, _SOFT_LIMIT = 1, 2, 4, 8
"""Bits of a Raspberry Pi's `get_throttled` that hold now."""
_SLOW_FRAME_S, _HANGING_FRAME_S = 0.5, 2.0
"""A lane sees two frames a second then, and a vehicle that drives through is gone; by then it is hardly seen at all."""
_HOUR_S = 3600.0
_AWAY_SHARE, _AWAY_MOSTLY_SHARE = 0.05, 0.5
_LOW_DISK = 2.0
"""Twice the room at which pictures are given up."""
_TELL_AFTER_S = 30.0
_TELL_LATER_S = {NodeTrouble.CLOCK_UNSET: 300.0, NodeTrouble.CLOCK_UNSYNCED: 3600.0, NodeTrouble.DISK_REFUSES: 5.0}
"""A time server is not reached in the first moments, and a clock chip is good for hours."""
_HEALED_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read of the node at one moment. None: the machine does not tell.

    Attributes:
        temperature_c: at its hottest place.
        throttled: bits of a Raspberry Pi, those that hold now.
        disk_free_mb: free room below the node's folder …
        disk_least_mb: … and how much it needs.
        disk_used_percent: how much of the disk's life is used up.
        not_on_disk: messages that the disk refused so far.
        time_quality: of its clock.
        broker_reached: whether the line to the broker stands.
        frame_s: how long a frame takes to read of late.
        idle_accelerator: the machine has something faster than its processor, and plates are read on the processor.

    """

    temperature_c: float | None
    throttled: int | None
    disk_free_mb: float | None
    disk_least_mb: float
    disk_used_percent: float | None
    not_on_disk: int
    time_quality: TimeQuality
    broker_reached: bool
    frame_s: float
    idle_accelerator: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    severity: Severity
    measure: float | None = None
    limit: float | None = None


class NodeMonitor:
    """Judges the node look by look. `now_s` is of a monotonic clock and never runs backwards."""

    def __init__(self) -> None:
        self._damped: dict[NodeTrouble, _Damped] = {trouble: _Damped(trouble) for trouble in NodeTrouble}
        self._line: deque[tuple[float, bool]] = deque()
        self._unjudged: dict[NodeTrouble, str] = {}

    def look(self, readings: Readings, *, now: datetime, now_s: float) -> None:
        """Take readings into account."""
        self._line.append((now_s, readings.broker_reached))
        while len(self._line) > 1 and self._line[1][0] <= now_s - _HOUR_S:
            self._line.popleft()
        seen = dict(self._troubles(readings, now_s))
        for trouble, damped in self._damped.items():
            damped.look(seen.get(trouble), now=now, now_s=now_s)
        told = {
            NodeTrouble.HOT: readings.temperature_c,
            NodeTrouble.LOW_VOLTAGE: readings.throttled,
            NodeTrouble.THROTTLED: readings.throttled,
            NodeTrouble.DISK_WORN: readings.disk_used_percent,
            NodeTrouble.DISK_FULL: readings.disk_free_mb,
        }
        self._unjudged = {trouble: "not_told" for trouble, value in told.items() if value is None}

    @property
    def findings(self) -> tuple[NodeFinding, ...]:
        """All that is wrong, the gravest first."""
        found = [damped.finding for damped in self._damped.values() if damped.finding is not None]
        return tuple(sorted(found, key=lambda finding: -list(Severity).index(finding.severity)))

    @property
    def unjudged(self) -> dict[NodeTrouble, str]:
        """What this machine does not tell."""
        return self._unjudged

    def _troubles(self, now: Readings, now_s: float) -> Iterator[tuple[NodeTrouble, _Seen]]:
        if now.not_on_disk:
            yield NodeTrouble.DISK_REFUSES, _Seen(Severity.SEVERE, now.not_on_disk, 0)
        if now.disk_free_mb is not None and now.disk_free_mb <= _LOW_DISK * now.disk_least_mb:
            severity = Severity.SEVERE if now.disk_free_mb <= now.disk_least_mb else Severity.MODERATE
            yield NodeTrouble.DISK_FULL, _Seen(severity, round(now.disk_free_mb), _LOW_DISK * now.disk_least_mb)
        if now.disk_used_percent is not None and now.disk_used_percent >= WORN_PERCENT:
            severity = Severity.SEVERE if now.disk_used_percent >= DYING_PERCENT else Severity.MODERATE
            yield NodeTrouble.DISK_WORN, _Seen(severity, now.disk_used_percent / 100, WORN_PERCENT / 100)
        yield from self._of_power_and_heat(now)
        if now.time_quality is TimeQuality.UNSET:
            yield NodeTrouble.CLOCK_UNSET, _Seen(Severity.SEVERE)
        elif now.time_quality is TimeQuality.HOLDOVER:
            yield NodeTrouble.CLOCK_UNSYNCED, _Seen(Severity.SLIGHT)
        away = self._away_share(now_s)
        if away > _AWAY_SHARE:
            severity = Severity.SEVERE if away > _AWAY_MOSTLY_SHARE else Severity.MODERATE
            yield NodeTrouble.BROKER_AWAY, _Seen(severity, round(away, 3), _AWAY_SHARE)
        if now.idle_accelerator:
            yield NodeTrouble.PROVIDER_DEGRADED, _Seen(Severity.MODERATE)
        if now.frame_s > _SLOW_FRAME_S:
            severity = Severity.SEVERE if now.frame_s > _HANGING_FRAME_S else Severity.MODERATE
            yield NodeTrouble.READING_SLOW, _Seen(severity, round(now.frame_s, 2), _SLOW_FRAME_S)

    def _of_power_and_heat(self, now: Readings) -> Iterator[tuple[NodeTrouble, _Seen]]:
        bits = now.throttled or 0
        if bits & _LOW_VOLTAGE:
            yield NodeTrouble.LOW_VOLTAGE, _Seen(Severity.SEVERE if bits & _THROTTLED else Severity.MODERATE)
        if bits & (_CAPPED | _THROTTLED | _SOFT_LIMIT):
            yield NodeTrouble.THROTTLED, _Seen(Severity.MODERATE)
        limit_c = _COOL_C if self._damped[NodeTrouble.HOT].finding is not None else HOT_C
        if now.temperature_c is not None and now.temperature_c >= limit_c:
            yield NodeTrouble.HOT, _Seen(Severity.MODERATE, round(now.temperature_c, 1), HOT_C)

    def _away_share(self, now_s: float) -> float:
        """Share of the last hour without the broker; each look speaks for the time since the one before."""
        away_s, before_s = 0.0, self._line[0][0]
        for at_s, reached in self._line:
            away_s += 0.0 if reached else at_s - max(before_s, now_s - _HOUR_S)
            before_s = at_s
        return away_s / _HOUR_S


class _Damped:
    """One trouble over time. Its measure and severity follow the newest look while it is told."""

    def __init__(self, trouble: NodeTrouble) -> None:
        self._trouble = trouble
        self._since: tuple[datetime, float] | None = None
        self._gone_s: float | None = None
        self.finding: NodeFinding | None = None

    def look(self, seen: _Seen | None, *, now: datetime, now_s: float) -> None:
        """It was seen, or not."""
        if seen is None:
            self._gone_s = now_s if self._gone_s is None else self._gone_s
            if self.finding is None or now_s - self._gone_s >= _HEALED_AFTER_S:
                self._since = self.finding = None
            return
        self._gone_s = None
        self._since = (now, now_s) if self._since is None else self._since
        since_at, since_s = self._since
        if self.finding is not None or now_s - since_s >= _TELL_LATER_S.get(self._trouble, _TELL_AFTER_S):
            self.finding = NodeFinding(
                code=self._trouble,
                severity=seen.severity,
                since=since_at,
                measure=seen.measure,
                limit=seen.limit,
            )
