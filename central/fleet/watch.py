"""Silence is a finding: what was not heard of for a while is `unknown`, never shown as good."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import structlog

from central.fleet.crosscheck.settings import CrossCheckSettings
from central.fleet.crosscheck.watch import CrossCheckWatch
from central.fleet.detectors import DetectorWatch
from central.fleet.settings import DetectorSettings, FleetSettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.records import CameraRecord, NodeRecord
from central.worker import Worker
from contract.messages import HealthLevel, HealthReason

log = structlog.get_logger(__name__)


class FleetWatch:
    """Judges nodes and their cameras over what they said last. `step` alone serves tests."""

    def __init__(
        self,
        store: Store,
        settings: FleetSettings,
        started_at: datetime,
        detector: DetectorSettings | None = None,
        crosscheck: CrossCheckSettings | None = None,
    ) -> None:
        self._store = store
        self._detectors = DetectorWatch(store, detector or DetectorSettings())
        self._crosschecks = CrossCheckWatch(store, crosscheck or CrossCheckSettings())
        self._settings = settings
        self._patience = timedelta(seconds=settings.silent_after_s)
        self._started_at = started_at
        self.worker = Worker("fleet", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End."""
        self.worker.stop()

    def step(self, now: datetime) -> None:
        """Judge everything once.

        Raises:
            StoreUnavailable: nothing was written.

        """
        nodes, cameras = self._store.nodes.list(), self._store.cameras.list()
        self._detectors.step(now, nodes, cameras)
        self._crosschecks.step(now, nodes)
        silent_nodes = {(node.site, node.node) for node in nodes if self._judge_node(node, now)}
        for camera in cameras:
            self._judge_camera(camera, now, node_is_silent=(camera.site, camera.node) in silent_nodes)

    def _judge_node(self, node: NodeRecord, now: datetime) -> bool:
        """Whether it counts as silent."""
        silent = True if not node.online else self._is_silent(node.last_seen_at, now)
        if silent is None:
            return node.level is HealthLevel.UNKNOWN
        if silent:
            level, reason = HealthLevel.UNKNOWN, HealthReason.NODE_SILENT
        elif (node.site, node.node) in self._detectors.failing:
            level, reason = HealthLevel.FAILED, HealthReason.DETECTOR_DEAD
        else:
            level, reason = _own_level(node), None
        if (node.level, node.reason) != (level, reason):
            log.info("node judged", site=node.site, node=node.node, level=level.value)
            with self._store.transaction(now) as transaction:
                self._store.nodes.judge(transaction, node, level, reason)
        return silent

    def _judge_camera(self, camera: CameraRecord, now: datetime, *, node_is_silent: bool) -> None:
        if not node_is_silent and not self._is_silent(camera.received_at, now):
            return  # its node's word stands
        if (camera.level, camera.reason) != (HealthLevel.UNKNOWN, HealthReason.NODE_SILENT):
            with self._store.transaction(now) as transaction:
                self._store.cameras.judge(transaction, camera, HealthLevel.UNKNOWN, HealthReason.NODE_SILENT)

    def _is_silent(self, heard_at: datetime, now: datetime) -> bool | None:
        """None in the first moments after central's own start, in which nobody had a chance to speak."""
        if now - heard_at <= self._patience:
            return False
        return True if now - self._started_at > self._patience else None

    def _work(self, stop: threading.Event) -> None:
        while not stop.wait(self._settings.check_every_s):
            try:
                self.step(datetime.now(UTC))
            except StoreUnavailable as error:
                log.error("cannot write health, trying again", reason=str(error))  # noqa: TRY400 - no bug


def _own_level(node: NodeRecord) -> HealthLevel:
    """How a node does by its own word; its gravest finding stands first."""
    return node.findings[0].severity.level if node.findings else HealthLevel.OK
