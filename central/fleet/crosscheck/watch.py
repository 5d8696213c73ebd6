"""Looks every few minutes at what the lanes, their cameras and the platform told, and keeps what does not agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from central.fleet.crosscheck.checks import notice
from central.fleet.crosscheck.picture import Picture, Tallies, WatchedLane
from central.fleet.crosscheck.settings import CrossCheckSettings
from central.fleet.verdicts import tell_verdict
from central.store import Store
from central.store.crosschecks import CrossCheck, LaneTally, Noticed
from central.store.device_key import DeviceKey
from central.store.records import NodeRecord
from contract.messages import HealthFinding, HealthLevel, Severity

LOOK_EVERY = timedelta(minutes=5)
_OWN = frozenset(check.reason for check in CrossCheck)
_WAITING = 20
"""A node with more messages than this in its outbox has not told all that it saw."""


class CrossCheckWatch:
    """Holds everything against everything. Central alone hears enough for that."""

    def __init__(self, store: Store, settings: CrossCheckSettings) -> None:
        self._store = store
        self._settings = settings
        self._looked_at: datetime | None = None

    def step(self, now: datetime, nodes: Sequence[NodeRecord]) -> None:
        """Look once; most often it is too early for that.

        Raises:
            StoreUnavailable: nothing, or only a part, was written; the rest follows the next time.

        """
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return
        previous, self._looked_at = self._looked_at, now
        before = self._store.crosschecks.noticed()
        noticed = notice(self._look(now, nodes, before), self._settings)
        with self._store.transaction(now) as transaction:
            self._store.crosschecks.replace(transaction, noticed)
        gravest = {
            one.device: one for one in sorted(noticed, key=lambda one: list(CrossCheck).index(one.check), reverse=True)
        }
        for camera in self._store.cameras.list():
            one = gravest.get(DeviceKey.of(camera.site, camera.node, camera.camera))
            stood = one is not None and one.since < now
            finding = _finding(one) if one is not None else None
            tell_verdict(self._store, now, camera, finding, own=_OWN, since=previous if stood else None)

    def _look(self, now: datetime, nodes: Sequence[NodeRecord], standing: Sequence[Noticed]) -> Picture:
        until = now - timedelta(minutes=self._settings.settle_min)
        since, long_since = until - self._settings.window, until - self._settings.balance_window
        begun = min(since, long_since)
        counts = self._store.crosschecks
        return Picture(
            now,
            since,
            [
                _lane(node, place, since)
                for node in nodes
                for place in range(len(node.lanes))
                if node.lanes[place].cameras
            ],
            Tallies(counts.tallies(since, until)),
            Tallies(self._usual(since, until)),
            Tallies(counts.tallies(long_since, until)),
            Tallies(self._usual(long_since, until)),
            counts.sightings(begun, until),
            counts.confirmations(since, until),
            {(one.check, one.device): one for one in standing},
        )

    def _usual(self, since: datetime, until: datetime) -> list[LaneTally]:
        """The same hours of the days before."""
        days = (timedelta(days=day + 1) for day in range(self._settings.history_days))
        return [tally for day in days for tally in self._store.crosschecks.tallies(since - day, until - day)]


def _lane(node: NodeRecord, place: int, since: datetime) -> WatchedLane:
    lane = node.lanes[place]
    waiting = node.metrics.get("outbox_pending", 0.0) > _WAITING
    heard = node.level is not HealthLevel.UNKNOWN and node.started_at is not None and node.started_at <= since
    return WatchedLane(node.site, node.node, lane.lane, lane.direction, lane.cameras, heard=heard and not waiting)


def _finding(noticed: Noticed) -> HealthFinding:
    measure, limit = round(noticed.share, 3), round(noticed.usual, 3)
    return HealthFinding(code=noticed.check.reason, severity=Severity.MODERATE, measure=measure, limit=limit)
