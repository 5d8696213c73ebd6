"""Keeps the store's declarations as the platform has them."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime
from typing import Protocol

import structlog
from pydantic import ValidationError

from central.platform.declaration import Declaration
from central.platform.faults import faults_of
from central.platform.intake import Intake, Item
from central.platform.rest import CursorRefused, PlatformUnavailable, Pulled
from central.platform.settings import PlatformSettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.worker import Worker

log = structlog.get_logger(__name__)


class Platform(Protocol):
    """Where pages of declarations come from."""

    def pull(self, cursor: str) -> Pulled:
        """The next page behind `cursor`."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class PlatformRunner:
    """Pulls page after page; a page and its cursor are written together, so none is skipped and twice does no harm."""

    def __init__(self, store: Store, platform: Platform, settings: PlatformSettings) -> None:
        self._store = store
        self._platform = platform
        self._settings = settings
        self._intake = Intake(store, settings.name, "rest", settings.gates)
        self.complete_at: datetime | None = None
        """When the platform last had nothing newer; None as long as it has not answered since the start."""
        self.worker = Worker("platform", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End; the next start goes on behind the last page."""
        self.worker.stop()
        self._platform.close()

    def step(self, now: datetime) -> bool:
        """Take one page in; whether more is there already.

        Raises:
            PlatformUnavailable: the platform does not answer as it should.
            StoreUnavailable: nothing was written.

        """
        name = self._settings.name
        cursor = self._store.cursors.get(name)
        try:
            page = self._platform.pull(cursor)
        except CursorRefused as error:
            log.warning("reading all declarations again", reason=str(error))
            page = self._platform.pull("")
        if page.rows or page.next_cursor != cursor:
            with self._store.transaction(now) as transaction:
                self._intake.take(transaction, [self._item(row) for row in page.rows])
                self._store.cursors.save(transaction, name, page.next_cursor)
        if not page.more:
            self.complete_at = now
        return page.more

    def _item(self, row: object) -> Item:
        try:
            return Item(row, "", Declaration.model_validate(row))
        except ValidationError as error:
            return Item(row, "", faults_of(error))

    def _work(self, stop: threading.Event) -> None:
        failures = 0
        while not stop.is_set():
            pause_s = self._settings.poll_s
            try:
                if self.step(datetime.now(UTC)):
                    pause_s = 0.0
                failures = 0
            except (PlatformUnavailable, StoreUnavailable) as error:
                failures += 1
                longest_s = min(self._settings.retry_max_s, self._settings.poll_s * 2 ** min(failures, 10))
                pause_s = longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads tries, keeps no secret
                if failures == 1:
                    log.warning("no declarations for now", reason=str(error))
            stop.wait(pause_s)
