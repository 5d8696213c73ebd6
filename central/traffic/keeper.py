"""Keeps the figures of traffic and the level of surge up to date, also where nobody looks at a page."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import structlog

from central.store import Store
from central.store.database import StoreUnavailable
from central.traffic.hours import HourKeeper
from central.traffic.settings import TrafficSettings
from central.traffic.weigh import weigh
from central.worker import Worker

log = structlog.get_logger(__name__)


class TrafficKeeper:
    """Counts and weighs once a minute. `step` alone serves tests. What it knows is in the store alone."""

    def __init__(self, store: Store, settings: TrafficSettings, utc_offset_h: float) -> None:
        self._store = store
        self._settings = settings
        self._utc_offset_h = utc_offset_h
        self._hours = HourKeeper(store, settings)
        self.worker = Worker("traffic", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End."""
        self.worker.stop()

    def step(self, now: datetime, stop: threading.Event | None = None) -> None:
        """Count what changed, then weigh it.

        Raises:
            StoreUnavailable: what was not written is done at the next step.

        """
        self._hours.step(now, stop)
        weigh(self._store, self._settings, now, self._utc_offset_h)

    def _work(self, stop: threading.Event) -> None:
        pause_s = 0.0
        while not stop.wait(pause_s):
            pause_s = self._settings.every_s
            try:
                self.step(datetime.now(UTC), stop)
            except StoreUnavailable as error:
                log.error("cannot keep traffic, trying again", reason=str(error))  # noqa: TRY400 - no bug
