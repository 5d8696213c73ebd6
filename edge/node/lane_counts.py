"""What the loops and arms of a node's lanes counted, told to central hour by hour."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import structlog

from contract.errors import StoreError
from contract.messages import LaneCount, TimeQuality
from edge.clock import stamp, time_quality
from edge.config import LaneSettings, NodeConfig
from edge.gate_controller.controller import Counted, GateController
from edge.outbox import Outbox

log = structlog.get_logger(__name__)
_HOUR: Final = timedelta(hours=1)
_TOLD_EVERY: Final = timedelta(minutes=5)
"""Within an hour, where something came: so much a power cut takes at most."""
_MOST_OWED: Final = 500


@dataclass(slots=True)
class _Run:
    """Counting without a break; `base` is what the gate had counted when it began."""

    run_id: UUID
    since: datetime
    base: Counted
    told: Counted
    told_until: datetime

    def count(self, gate: Counted) -> Counted:
        """What was counted in this run."""
        return Counted(gate.loop - self.base.loop, gate.barrier - self.base.barrier)


@dataclass(frozen=True, slots=True)
class _Told:
    lane: LaneSettings
    run_id: UUID
    since: datetime
    until: datetime
    counted: Counted


class LaneCountTeller:
    """Tells them at the end of each hour, in between where they grew, and when the node stops.

    A run ends where a loop cannot be known or the clock never was set: what went meanwhile is counted in none, so
    that central sees that the hour is not whole. Used from the node's reader thread only.
    """

    def __init__(
        self,
        config: NodeConfig,
        outbox: Outbox,
        gates: Mapping[str, GateController],
        *,
        on_stored: Callable[[], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        quality: Callable[[], TimeQuality] = time_quality,
    ) -> None:
        """`gates`: lane to the barrier with its loop."""
        self._names = {"site": config.site, "node": config.node}
        self._lanes = [(lane, gates[lane.lane]) for lane in config.lanes if lane.lane in gates]
        self._outbox = outbox
        self._on_stored = on_stored
        self._clock = clock
        self._quality = quality
        self._runs: dict[str, _Run] = {}
        self._owed: deque[_Told] = deque(maxlen=_MOST_OWED)
        self._refusal = ""

    def tick(self) -> None:
        """Tell what is due; call it every second."""
        now = self._clock()
        known = self._quality() is not TimeQuality.UNSET
        for lane, gate in self._lanes:
            run = self._runs.get(lane.lane)
            if not (known and gate.senses) or (run is not None and now < run.told_until):  # the clock was set back
                self._runs.pop(lane.lane, None)
            elif run is None:
                counted = gate.counted
                self._runs[lane.lane] = _Run(uuid4(), now, counted, Counted(), now)
            else:
                self._tell_due(lane, run, run.count(gate.counted), now)
        self.store()

    def stop(self) -> None:
        """Tell what is known when the node stops."""
        now = self._clock()
        for lane, gate in self._lanes:
            run = self._runs.pop(lane.lane, None)
            if run is not None and now >= run.told_until:
                self._tell(lane, run, run.count(gate.counted), now)
        self.store()

    def _tell_due(self, lane: LaneSettings, run: _Run, counted: Counted, now: datetime) -> None:
        hour = now.replace(minute=0, second=0, microsecond=0)
        if run.told_until < hour:
            if hour - run.told_until <= _HOUR:
                self._tell(lane, run, counted, hour)
            else:  # the machine slept, or its clock was put on: nobody knows which hour it was in
                del self._runs[lane.lane]
        elif counted != run.told and now - run.told_until >= _TOLD_EVERY:
            self._tell(lane, run, counted, now)

    def _tell(self, lane: LaneSettings, run: _Run, counted: Counted, until: datetime) -> None:
        run.told, run.told_until = counted, until
        self._owed.append(_Told(lane, run.run_id, run.since, until, counted))

    def store(self) -> None:
        """Put on disk what is to be told; what the disk refuses is tried again at the next call."""
        while self._owed:
            try:
                self._outbox.append(functools.partial(self._message, self._owed[0]))
            except StoreError as error:
                if self._refusal != str(error):  # told once, not every second
                    log.error("counts of a lane are not on disk, trying again", reason=str(error))  # noqa: TRY400 - the disk, no bug
                self._refusal = str(error)
                return
            self._owed.popleft()
            self._refusal = ""
            self._on_stored()

    def _message(self, told: _Told, outbox_id: UUID, seq: int) -> LaneCount:
        return LaneCount(
            **self._names,
            outbox_id=outbox_id,
            seq=seq,
            stamp=stamp(),
            lane=told.lane.lane,
            direction=told.lane.direction,
            run_id=told.run_id,
            since=told.since,
            until=told.until,
            loop=told.counted.loop,
            barrier=told.counted.barrier,
        )
