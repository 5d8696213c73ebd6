"""From the broker to the disk, and back to the nodes what is on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from central.ingest.intake import Intake, ReadBatch, read_all
from central.ingest.link import BrokerLink
from central.ingest.pipe import Delivery
from central.ingest.replay import ReplayPlan
from central.ingest.settings import IngestSettings, MqttSettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.intake import OutboxKey
from central.store.ranges import Ranges, union
from central.worker import Worker
from contract.messages import Committed, Message

log = structlog.get_logger(__name__)
_IDLE_S = 0.25
_TELL_EVERY_S = 0.1
"""How often nodes are told what is committed, at most, while batches are full: then each has something in each of them.
Else they are told at once: a node that has sent as much as it may waits for it."""
_LOOKED_AT = 1000
"""So many runs of an outbox, the newest, are searched for holes. What is missing further back its node sends anyway,
and the holes there come up when those before them are filled."""


class _Read(NamedTuple):
    """What came over the link, and what it says; None where nothing came."""

    deliveries: Sequence[Delivery]
    batch: ReadBatch | None


class Ingest:
    """From the broker to the disk: a batch is committed first, acknowledged then, and then its nodes are told."""

    def __init__(self, store: Store, mqtt: MqttSettings, settings: IngestSettings) -> None:
        self._settings = settings
        self._store = store
        self._intake = Intake(store, late_after_s=settings.late_after_s)
        self._link = BrokerLink(mqtt)
        self._plan = ReplayPlan(settings.replay_after_s, settings.replay_every_s)
        self._untold: dict[OutboxKey, Ranges] = {}
        self._told_s = 0.0
        self.worker = Worker("ingest", self._work)

    @property
    def connected(self) -> bool:
        """Whether the broker is reached now."""
        return self._link.connected

    @property
    def connections(self) -> int:
        """How often the broker was reached since the start."""
        return self._link.connections

    def start(self) -> None:
        """Connect in the background and begin to take messages in."""
        self._link.start()
        self.worker.start()

    def stop(self) -> None:
        """Finish the batch in hand and close; what is not committed comes again."""
        self.worker.stop()
        self._link.stop()

    def watch(self) -> None:
        """Hear what is retained too: the births of nodes, the health of cameras. For one aggregator of a group."""
        self._link.watch()

    def publish(self, message: Message) -> None:
        """Send something to a node; while the broker is away it waits in memory."""
        self._link.publish(message)

    def _work(self, stop: threading.Event) -> None:
        with ThreadPoolExecutor(1, "ingest reading") as reader:
            coming = reader.submit(self._read)
            while not stop.is_set():
                read = _Read((), None)
                if wait([coming], _TELL_EVERY_S if self._untold else None).done:
                    read = coming.result()
                    coming = reader.submit(self._read)  # while this one is written, the next one is read
                if read.batch is not None:
                    self._take(read.deliveries, read.batch, stop)
                is_full = len(read.deliveries) == self._settings.batch_size
                if not is_full or time.monotonic() - self._told_s >= _TELL_EVERY_S:
                    self._tell_committed()
                try:
                    self._ask_for_missing(time.monotonic())
                except StoreUnavailable as error:
                    log.warning("cannot ask for what is missing yet", reason=str(error))
            coming.cancel()
        self._tell_committed()

    def _read(self) -> _Read:
        """What comes next; nothing when nothing comes for a while."""
        asked = self._settings
        deliveries = self._link.take(asked.batch_size, asked.batch_bytes, idle_s=_IDLE_S, more_s=asked.batch_wait_s)
        return _Read(deliveries, read_all([one.packet for one in deliveries]) if deliveries else None)

    def _ask_for_missing(self, now_s: float) -> None:
        for key in self._plan.to_look(now_s):
            self._plan.looked(key, self._store.ranges.holes(key, _LOOKED_AT), now_s)
        for key in self._plan.waiting(now_s):
            self._tell(key, self._intake.committed(key), self._plan.due(key, now_s))

    def _take(self, deliveries: Sequence[Delivery], batch: ReadBatch, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                taken = self._intake.keep(batch, datetime.now(UTC))
            except StoreUnavailable as error:
                log.error("cannot write, trying again", reason=str(error), messages=len(deliveries))  # noqa: TRY400 - no bug
                stop.wait(self._settings.retry_after_s)
                continue
            self._link.acknowledge(deliveries)
            now_s = time.monotonic()
            for key, ranges in taken.committed.items():
                self._plan.heard(key, now_s)
                self._untold[key] = union(self._untold.get(key, ()), ranges)
            return

    def _tell_committed(self) -> None:
        untold, self._untold = self._untold, {}
        for key, ranges in untold.items():
            self._tell(key, ranges)
            self._told_s = time.monotonic()

    def _tell(self, key: OutboxKey, ranges: Ranges, replay: Ranges = ()) -> None:
        self._link.publish(
            Committed(site=key.site, node=key.node, outbox_id=key.outbox_id, ranges=ranges, replay=replay)
        )
