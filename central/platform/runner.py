"""Keeps the store's declarations as the platform has them."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import structlog

from central.platform.intake import Intake
from central.platform.kept_mapping import mapping_in_force
from central.platform.reading import ItemReader
from central.platform.rest import CursorRefused, PlatformUnavailable, Pulled
from central.platform.settings import PlatformSettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.worker import Worker

log = structlog.get_logger(__name__)
_NOTED_EVERY: Final = timedelta(minutes=1)
"""How often it is noted that the platform answers, while nothing is new."""
_MOST_SEEN: Final = 100_000


class Platform(Protocol):
    """Where pages of declarations come from."""

    def pull(self, cursor: str, limit: int) -> Pulled:
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
        self._seen: set[str] = set()
        """Cursors of this walk, which ends where nothing more is there."""
        self._failures = 0
        self._noted_at: datetime | None = None
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
        try:
            more = self._step(now)
        except PlatformUnavailable as error:
            self._failures += 1
            if self._failures == 1:
                self._note_failure(now, error)
            raise
        self._failures = 0
        return more

    def _step(self, now: datetime) -> bool:
        cursor = self._store.cursors.get(self._settings.name)
        # a page that a platform cannot make, or not in time, may come in smaller parts
        limit = max(1, self._settings.page_size >> self._failures // 2)
        try:
            page = self._platform.pull(cursor, limit)
        except CursorRefused as error:
            log.warning("reading all declarations again", reason=str(error))
            self._seen.clear()
            page = self._platform.pull("", limit)
        self._take(page, cursor, now)
        self._refuse_circles(page, cursor)
        if not page.more:
            self._seen.clear()
            self.complete_at = now
        return page.more

    def _take(self, page: Pulled, cursor: str, now: datetime) -> None:
        quiet = self._noted_at is not None and now - self._noted_at < _NOTED_EVERY and not self._failures
        if not page.rows and page.next_cursor == cursor and quiet:
            return
        # asked for each time: a person may have set another meanwhile
        reader = ItemReader(mapping_in_force(self._store, "rest", self._settings.mapping))
        with self._store.transaction(now) as transaction:
            self._intake.take(transaction, [reader.item(row, now) for row in page.rows])
            self._store.cursors.save(transaction, self._settings.name, page.next_cursor)
        self._noted_at = now

    def _refuse_circles(self, page: Pulled, cursor: str) -> None:
        """What came is taken and the cursor followed, for a platform may have been set back; but not without end."""
        if not page.more:
            return
        if page.next_cursor == cursor:
            raise PlatformUnavailable("the platform says that there is more, but its cursor stands still")
        if page.next_cursor in self._seen:
            self._seen.clear()
            raise PlatformUnavailable(f"the platform's cursor goes back to {page.next_cursor!r}")
        if len(self._seen) < _MOST_SEEN:
            self._seen |= {cursor, page.next_cursor}

    def _note_failure(self, now: datetime, error: PlatformUnavailable) -> None:
        log.warning("no declarations for now", reason=str(error))
        with self._store.transaction(now) as transaction:
            self._intake.failed(transaction, str(error))

    def _work(self, stop: threading.Event) -> None:
        away = 0
        while not stop.is_set():
            pause_s = self._settings.poll_s
            try:
                if self.step(datetime.now(UTC)):
                    pause_s = 0.0
                away = 0
            except (PlatformUnavailable, StoreUnavailable) as error:
                away += 1
                if away == 1 and isinstance(error, StoreUnavailable):
                    log.warning("declarations cannot be kept for now", reason=str(error))
                longest_s = min(self._settings.retry_max_s, self._settings.poll_s * 2 ** min(away, 10))
                pause_s = longest_s * random.uniform(0.5, 1.0)  # noqa: S311 - spreads tries, keeps no secret
                pause_s = max(pause_s, error.retry_after_s if isinstance(error, PlatformUnavailable) else 0.0)
            stop.wait(pause_s)
