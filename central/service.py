"""Everything of central but the pages: ingest, declarations, reconciliation, traffic, fleet, access lists."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

import structlog

from central.access import AccessPublisher, open_signing_key
from central.commands import CommandSender
from central.config import CentralConfig
from central.console.letter import letter_writer
from central.fleet.channels import Channel, EmailChannel, MqttChannel, WebhookChannel
from central.fleet.notifier import Notifier
from central.fleet.ticket_keeper import TicketKeeper
from central.fleet.watch import FleetWatch
from central.ingest.ingest import Ingest
from central.platform.folder import FolderRunner
from central.platform.rest import RestPlatform
from central.platform.runner import PlatformRunner
from central.platform.write_back import WriteBack
from central.reconcile.judge import Knowledge
from central.reconcile.reconciler import Reconciler
from central.reports.compose import Composer
from central.reports.schedule import ReportKeeper
from central.retention import Retention, retention_in_force
from central.store import Store
from central.store.database import StoreUnavailable
from central.traffic.keeper import TrafficKeeper
from central.worker import Worker
from contract.errors import SmartGateError

log = structlog.get_logger(__name__)
_TIDY_EVERY_S = 3600.0
_STAND_EVERY_S = 1.0
_KEEP_EVENTS = 500_000
"""Changes that a page may resume behind; at a province's pace weeks."""


class _Part(Protocol):
    """What works in a thread of its own."""

    worker: Worker

    def start(self) -> None: ...

    def stop(self) -> None: ...


class CentralService:
    """The parts that work in the background. `start` and `stop` once each, or use it with `with`."""

    def __init__(self, store: Store, config: CentralConfig) -> None:
        self._store = store
        self.ingest = Ingest(store, config.mqtt, config.ingest)
        self.platform = (
            PlatformRunner(store, RestPlatform(config.platform), config.platform) if config.platform else None
        )
        self.folder = FolderRunner(store, config.platform_folder) if config.platform_folder else None
        self.write_back = _write_back(store, config)
        self.reconciler = Reconciler(store, config.reconcile, self._knowledge)
        self.fleet = FleetWatch(store, config.fleet, datetime.now(UTC), config.detector, config.crosscheck)
        channels = self._channels(config)
        self.tickets = TicketKeeper(
            store, config.tickets, config.overdue, tells=bool(channels), every_s=config.fleet.check_every_s
        )
        self.notifier = Notifier(store, config.notify, channels, utc_offset=timedelta(hours=config.web.utc_offset_h))
        self.traffic = TrafficKeeper(store, config.traffic, config.web.utc_offset_h)
        self.reports = ReportKeeper(Composer(store, config.reports, config.traffic, config.web.utc_offset_h))
        self.access = AccessPublisher(
            store,
            config.access,
            open_signing_key(config.signing_key_file),
            self.ingest.publish,
            lambda: self.ingest.connections,
        )
        self.commands = CommandSender(store, self.ingest.publish, lambda: self.ingest.connected)
        self._config = config
        self._tidying = Worker("tidying", self._tidy)
        self._office = Worker("office", self._stand) if config.mqtt.share is not None else None
        self._watching = False

    def start(self) -> None:
        """Start all parts; returns at once. In a group of aggregators one is elected for all but taking in."""
        self.ingest.start()
        if self._office is None:
            self._watch()
        else:
            self._office.start()

    def stop(self) -> None:
        """End all parts, those that write before those that they hang on."""
        if self._office is not None:
            self._office.stop()
        if self._watching:
            self._tidying.stop()
            for part in reversed(self._watchers()):
                part.stop()
        self.ingest.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def failure(self) -> BaseException | None:
        """What ended one of the parts that should never end; the program should end over it and be started again."""
        workers = [self._tidying, self.ingest.worker, *(part.worker for part in self._watchers())]
        if self._office is not None:
            workers.append(self._office)
        return next((worker.failure for worker in workers if worker.failure), None)

    def _watchers(self) -> list[_Part]:
        """What only one aggregator of a group may do."""
        others: list[_Part] = [self.reconciler, self.traffic, self.fleet, self.tickets, self.notifier]
        others += [self.reports, self.access, self.commands]
        return [*self._connectors(), *others, *([self.write_back] if self.write_back else [])]

    def _connectors(self) -> list[PlatformRunner | FolderRunner]:
        """What asks for declarations by itself."""
        return [connector for connector in (self.platform, self.folder) if connector is not None]

    def _channels(self, config: CentralConfig) -> list[Channel]:
        """The ways in which people are told of tickets; none by default."""
        channels: list[Channel] = []
        if config.notify.mqtt:
            channels.append(MqttChannel(self.ingest.publish, lambda: self.ingest.connected))
        if config.webhook is not None:
            channels.append(WebhookChannel(config.webhook))
        if config.email is not None:
            write = letter_writer(config.notify, config.web)
            channels.append(EmailChannel(config.email, write))
        return channels

    def _watch(self) -> None:
        self._watching = True
        self.ingest.watch()
        for part in self._watchers():
            part.start()
        self._tidying.start()

    def _stand(self, stop: threading.Event) -> None:
        """Stand for election until elected; then see that nobody else is."""
        while not stop.is_set():
            try:
                held = self._store.election.is_held()
            except StoreUnavailable as error:
                log.warning("nobody knows which aggregator watches", reason=str(error))
            else:
                if self._watching and not held:
                    raise SmartGateError("another aggregator watches since the database was away: starting anew")
                if held and not self._watching:
                    log.info("elected to watch")
                    self._watch()
            stop.wait(_STAND_EVERY_S)

    def _knowledge(self) -> Knowledge:
        """As fresh as the connector that has been silent for longest."""
        complete = [connector.complete_at for connector in self._connectors()]
        known = [at for at in complete if at is not None]
        return Knowledge(min(known) if len(known) == len(complete) and known else None, expected=bool(complete))

    def tidy(self, now: datetime) -> None:
        """Delete what is kept for a while only.

        Raises:
            StoreUnavailable: the database cannot be written; try again later.

        """
        kept = retention_in_force(self._store, self._config)
        with self._store.transaction(now) as transaction:
            self._store.events.forget_before(transaction, self._store.events.latest_id() - _KEEP_EVENTS)
            self._store.commands.forget_finished(transaction, kept.commands_before(now))
            drafts_kept = timedelta(days=self._config.reports.drafts_kept_days)
            self._store.reports.forget_drafts(transaction, now - drafts_kept)
        self._store.sessions.remove_expired(now)
        while self._forget_pictures(now, kept) or self._forget_sheets(now, kept):
            pass

    def _forget_pictures(self, now: datetime, kept: Retention) -> bool:
        """Delete some pictures: those kept as long as they may be, then those past the quota; whether any were."""
        over_bytes = self._store.evidence.usage_bytes() - kept.quota_bytes if kept.quota_bytes else 0
        with self._store.transaction(now) as transaction:
            old = self._store.evidence.forget(transaction, before=kept.pictures_before(now))
            too_many = 0
            if not old and over_bytes > 0:
                too_many = self._store.evidence.forget(transaction, before=None, over_bytes=over_bytes)
        return bool(old or too_many)

    def _forget_sheets(self, now: datetime, kept: Retention) -> bool:
        """Delete some evidence sheets that were kept as long as they may be, each on record; whether any were."""
        with self._store.transaction(now) as transaction:
            gone = self._store.sheets.forget(transaction, kept.sheets_before(now))
            for sheet in gone:
                was = {
                    "passage_id": str(sheet.passage_id),
                    "user": sheet.printed_by,
                    "at": sheet.printed_at.isoformat(),
                }
                self._store.audit.add(transaction, "sheet_deleted", actor="central", subject=sheet.sha256, before=was)
        return bool(gone)

    def _tidy(self, stop: threading.Event) -> None:
        while not stop.wait(_TIDY_EVERY_S):
            try:
                self.tidy(datetime.now(UTC))
            except StoreUnavailable as error:
                log.warning("tidying put off", reason=str(error))


def _write_back(store: Store, config: CentralConfig) -> WriteBack | None:
    """What tells the platform, where it is told."""
    if config.platform is None or config.platform.write_back is None:
        return None
    return WriteBack(store, config.platform, config.platform.write_back, config.web.public_url)
