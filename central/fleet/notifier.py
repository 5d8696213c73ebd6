"""People are told of tickets: what happens at about one time in one message, over every channel until it is out."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from pydantic import ValidationError

from central.fleet.channels import Channel, NotSentError
from central.fleet.notify_settings import NotifySettings
from central.store import Store
from central.store.database import StoreUnavailable
from central.store.notices import Untold
from central.store.ticket_records import Delivery, DeliveryState
from central.worker import Worker
from contract.messages import Severity, TicketNews, TicketNotice

log = structlog.get_logger(__name__)
_STEP_S = 1.0
_LONGEST_PAUSE = timedelta(hours=1)
_SITE, _NODE = "central", "fleet"
_ROOM = 50
"""So many tickets stand in one message; of more it says how many."""


def worth_telling(
    untold: Sequence[Untold], last_at: datetime | None, now: datetime, settings: NotifySettings, utc_offset: timedelta
) -> tuple[Untold, ...]:
    """What belongs into a message now; nothing while others are waited for, or too soon after the last. Pure."""
    quiet = settings.is_quiet((now + utc_offset).time())
    told = tuple(one for one in untold if not quiet or one.severity in settings.quiet_passes)
    if not told or now - min(one.at for one in told) < timedelta(seconds=settings.wait_s):
        return ()
    if last_at is not None and now - last_at < timedelta(minutes=settings.pause_min):
        return ()
    return told


class Notifier:
    """Makes notices of what is still to be told, and sends them. `step` alone serves tests."""

    def __init__(
        self, store: Store, settings: NotifySettings, channels: Sequence[Channel], *, utc_offset: timedelta
    ) -> None:
        self._store = store
        self._settings = settings
        self._channels = {channel.name: channel for channel in channels}
        self._utc_offset = utc_offset
        self.worker = Worker("notifier", self._work)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self.worker.start()

    def stop(self) -> None:
        """End; what is not sent yet is, after the next start."""
        self.worker.stop()

    def step(self, now: datetime) -> None:
        """Make a notice if it is time, and send what is due.

        Raises:
            StoreUnavailable: the store cannot be written; a notice that went out meanwhile may go out again.

        """
        notices = self._store.notices
        told = worth_telling(notices.untold(), notices.last_made_at(), now, self._settings, self._utc_offset)
        if told and self._channels:
            self._make(told, now)
        for delivery in notices.due(now):
            self._deliver(delivery, now)

    def _make(self, told: Sequence[Untold], now: datetime) -> None:
        tickets = {number: self._store.tickets.get(number) for number in {one.ticket_id for one in told}}
        about = self._store.tickets.devices(list(tickets))
        unsettled = sum(self._store.tickets.counts().values())
        events = Counter(one.kind.value for one in told)
        gravity = list(reversed(Severity))
        news = [
            TicketNews.model_validate(
                {
                    "ticket_id": ticket.ticket_id,
                    "event": one.kind.value,
                    "at": one.at,
                    "site": ticket.device.site,
                    "node": ticket.device.node or None,
                    "camera": ticket.device.camera or None,
                    "lane": ticket.lane or None,
                    "cause": ticket.cause,
                    "severity": ticket.severity,
                    "state": ticket.state.value,
                    "devices": max(1, len(about[ticket.ticket_id])),
                    "assignee": ticket.assignee,
                }
            )
            for one in sorted(told, key=lambda one: (gravity.index(one.severity), one.entry_id))
            if (ticket := tickets[one.ticket_id]) is not None
        ]

        def write(number: int) -> str:
            return TicketNotice(
                site=_SITE,
                node=_NODE,
                notice_id=number,
                made_at=now,
                opened=events["opened"],
                reopened=events["reopened"],
                overdue=events["overdue"],
                unsettled=unsettled,
                news=tuple(news[:_ROOM]),
                more=max(0, len(news) - _ROOM),
            ).model_dump_json()

        with self._store.transaction(now) as transaction:
            self._store.notices.add(transaction, [one.entry_id for one in told], self._channels, write)

    def _deliver(self, delivery: Delivery, now: datetime) -> None:
        channel = self._channels.get(delivery.channel)
        if channel is None:
            self._put_off(delivery, "this channel is not configured any more", now, for_good=True)
            return
        try:
            channel.send(TicketNotice.model_validate_json(delivery.payload))
        except (NotSentError, ValidationError) as error:
            self._put_off(delivery, str(error), now, for_good=isinstance(error, ValidationError))
            return
        with self._store.transaction(now) as transaction:
            self._store.notices.tried(transaction, delivery, DeliveryState.SENT)
        log.info("notice sent", number=delivery.notice_id, channel=delivery.channel)

    def _put_off(self, delivery: Delivery, reason: str, now: datetime, *, for_good: bool) -> None:
        pause = min(_LONGEST_PAUSE, timedelta(seconds=self._settings.retry_s) * 2**delivery.tries)
        ended = for_good or delivery.tries + 1 >= self._settings.tries
        log.warning("notice not sent", number=delivery.notice_id, channel=delivery.channel, reason=reason, last=ended)
        with self._store.transaction(now) as transaction:
            self._store.notices.tried(
                transaction,
                delivery,
                DeliveryState.FAILED if ended else DeliveryState.WAITING,
                reason=reason,
                next_at=None if ended else now + pause,
            )

    def _work(self, stop: threading.Event) -> None:
        while not stop.wait(_STEP_S):
            try:
                self.step(datetime.now(UTC))
            except StoreUnavailable as error:
                log.error("cannot write notices, trying again", reason=str(error))  # noqa: TRY400 - no bug
