"""Health as history: over which spans a device was told to be in which state.

A run says: the device was told to be so from `since` until `until`. It grows with every word that says the same. Words
may come late and in any order: the runs are the same in the end. Where no run lies nobody said anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping, delete, select, update

from central.store.database import Database, Transaction
from central.store.device_key import DeviceKey, is_device, key_values
from central.store.schema_tickets import health_runs
from contract.messages import CameraHealth, HealthLevel, Metrics, TimeQuality

BRIDGED: Final = timedelta(seconds=45)
"""Words of the same state that are no further apart make one run; nodes report every 10 s."""
AT_ONCE: Final = timedelta()
"""Words that say since when they hold make one run only where they meet."""
_AHEAD: Final = timedelta(seconds=5)
"""A clock may be so much ahead of central's before it is not believed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A state that was told, from when and until when. `reason` is empty where the level has none."""

    level: HealthLevel
    reason: str
    since: datetime
    until: datetime


def joined(runs: Iterable[Run], new: Run, gap: timedelta = BRIDGED) -> tuple[tuple[Run, ...], Run]:
    """Those of `runs` that a new one of the same state comes as near as `gap`, and the one that takes their place."""
    same = [run for run in runs if (run.level, run.reason) == (new.level, new.reason)]
    near = tuple(run for run in same if run.since - gap <= new.until and new.since <= run.until + gap)
    whole = (*near, new)
    return near, Run(new.level, new.reason, min(run.since for run in whole), max(run.until for run in whole))


class History:
    """`store.history`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tell(self, transaction: Transaction, device: DeviceKey, word: Run, gap: timedelta = BRIDGED) -> None:
        """Note that a device was in a state over a span; a word of the past fits in where it belongs."""
        mine = (
            *is_device(health_runs, device),
            health_runs.c.level == word.level,
            health_runs.c.reason == word.reason,
        )
        at_hand = (health_runs.c.until >= word.since - gap, health_runs.c.since <= word.until + gap)
        rows = transaction.rows(select(health_runs).where(*mine, *at_hand).order_by(health_runs.c.run_id))
        _, whole = joined((_run(row) for row in rows), word, gap)
        values = {"since": whole.since, "until": whole.until}
        if not rows:
            state = {"level": word.level, "reason": word.reason}
            transaction.insert(health_runs, key_values(device) | state | values)
            return
        kept, *others = (row["run_id"] for row in rows)
        transaction.run(update(health_runs).where(health_runs.c.run_id == kept).values(values))
        if others:
            transaction.run(delete(health_runs).where(health_runs.c.run_id.in_(others)))

    def tell_camera(self, transaction: Transaction, health: CameraHealth) -> None:
        """What a node says of its camera: so it is, since when it says."""
        at, believed = _said_at(health, transaction.at)
        # before it was started the machine has seen nothing, whatever its clock said before it was set
        started_at = at - timedelta(seconds=health.stamp.monotonic_s)
        since = min(max(health.since, started_at), at) if believed else at
        reason = health.reason.value if health.reason else ""
        self.tell(
            transaction,
            DeviceKey.of(health.site, health.node, health.camera),
            Run(health.level, reason, since, at),
            AT_ONCE if believed else BRIDGED,
        )

    def tell_node(self, transaction: Transaction, metrics: Metrics) -> None:
        """What a node says of itself, at the moment that it says it."""
        at, _ = _said_at(metrics, transaction.at)
        worst = metrics.findings[0] if metrics.findings else None
        level, reason = (worst.severity.level, worst.code.value) if worst else (HealthLevel.OK, "")
        self.tell(transaction, DeviceKey.of(metrics.site, metrics.node), Run(level, reason, at, at))

    def runs(self, device: DeviceKey, *, since: datetime | None = None) -> Sequence[Run]:
        """The runs of a device that end at or after `since`, by their begin."""
        statement = select(health_runs).where(*is_device(health_runs, device)).order_by(health_runs.c.since)
        if since is not None:
            statement = statement.where(health_runs.c.until >= since)
        return tuple(_run(row) for row in self._database.rows(statement))


def _run(row: RowMapping) -> Run:
    return Run(HealthLevel(row["level"]), row["reason"], row["since"], row["until"])


def _said_at(message: CameraHealth | Metrics, received_at: datetime) -> tuple[datetime, bool]:
    """When a message was made, and whether its clock is believed; else when it came."""
    stamp = message.stamp
    believed = stamp.time_quality is not TimeQuality.UNSET and stamp.at <= received_at + _AHEAD
    return (min(stamp.at, received_at) if believed else received_at), believed
