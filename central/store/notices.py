"""Notices: what people are told of tickets, and what became of it on each channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, select, update

from central.store.database import Database, Transaction
from central.store.records import EventKind
from central.store.schema_tickets import deliveries, notices, ticket_entries, tickets
from central.store.ticket_records import Delivery, DeliveryState, EntryKind, TicketState
from contract.messages import Severity


@dataclass(frozen=True, slots=True)
class Untold:
    """Something that happened to a ticket and is still to be told."""

    entry_id: int
    ticket_id: int
    at: datetime
    kind: EntryKind
    severity: Severity
    state: TicketState
    """The ticket's state now."""


class Notices:
    """`store.notices`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def untold(self) -> tuple[Untold, ...]:
        """What is still to be told, the oldest first."""
        told = ticket_entries.c
        statement = (
            select(told.entry_id, told.ticket_id, told.at, told.kind, tickets.c.severity, tickets.c.state)
            .join(tickets, tickets.c.ticket_id == told.ticket_id)
            .where(told.to_tell.is_(True), told.notice_id.is_(None))
            .order_by(told.entry_id)
        )
        return tuple(
            Untold(
                row["entry_id"],
                row["ticket_id"],
                row["at"],
                EntryKind(row["kind"]),
                Severity(row["severity"]),
                TicketState(row["state"]),
            )
            for row in self._database.rows(statement)
        )

    def last_made_at(self) -> datetime | None:
        """When the last notice was made, if there was one."""
        row = self._database.first(select(func.max(notices.c.made_at).label("at")))
        return row["at"] if row else None

    def add(
        self, transaction: Transaction, entries: Iterable[int], channels: Iterable[str], write: Callable[[int], str]
    ) -> int:
        """A notice that tells of these entries, to go out over these channels at once; its number.

        `write` is given the number, and gives what the notice says.
        """
        number = transaction.insert(notices, {"made_at": transaction.at, "payload": ""})
        transaction.run(update(notices).where(notices.c.notice_id == number).values(payload=write(number)))
        told = ticket_entries.c.entry_id.in_(tuple(entries))
        transaction.run(update(ticket_entries).where(told).values(notice_id=number))
        for channel in channels:
            begun = {"state": DeliveryState.WAITING, "tries": 0, "next_at": transaction.at, "reason": ""}
            transaction.insert(deliveries, {"notice_id": number, "channel": channel, **begun})
        transaction.event(EventKind.NOTICE, str(number), "")
        return number

    def due(self, now: datetime) -> tuple[Delivery, ...]:
        """What is to be sent now, the oldest first."""
        waiting = (deliveries.c.state == DeliveryState.WAITING, deliveries.c.next_at <= now)
        return self._deliveries(_joined().where(*waiting).order_by(deliveries.c.notice_id))

    def list(self, *, limit: int = 100) -> tuple[Delivery, ...]:
        """What was sent or is to be, the latest first."""
        order = (deliveries.c.notice_id.desc(), deliveries.c.channel)
        return self._deliveries(_joined().order_by(*order).limit(limit))

    def tried(
        self,
        transaction: Transaction,
        delivery: Delivery,
        state: DeliveryState,
        *,
        reason: str = "",
        next_at: datetime | None = None,
    ) -> None:
        """What came of a try."""
        mine = (deliveries.c.notice_id == delivery.notice_id, deliveries.c.channel == delivery.channel)
        values: dict[str, Any] = {"state": state, "tries": delivery.tries + 1, "reason": reason}
        values |= {"next_at": next_at} if next_at else {"done_at": transaction.at}
        transaction.run(update(deliveries).where(*mine).values(values))
        transaction.event(EventKind.NOTICE, str(delivery.notice_id), "")

    def _deliveries(self, statement: Select[Any]) -> tuple[Delivery, ...]:
        return tuple(_delivery(row) for row in self._database.rows(statement))


def _joined() -> Select[Any]:
    return select(deliveries, notices.c.made_at, notices.c.payload).join(
        notices, notices.c.notice_id == deliveries.c.notice_id
    )


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{**row, "state": DeliveryState(row["state"])})
