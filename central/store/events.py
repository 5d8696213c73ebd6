"""The list of changes that the live pages follow."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from central.store.database import Database, Transaction
from central.store.records import EventKind, EventRecord
from central.store.schema import events


class Events:
    """`store.events`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(self, event_id: int, limit: int = 500) -> tuple[EventRecord, ...]:
        """The changes behind `event_id`, oldest first."""
        statement = select(events).where(events.c.event_id > event_id).order_by(events.c.event_id).limit(limit)
        return tuple(
            EventRecord(row["event_id"], EventKind(row["kind"]), row["subject"], row["site"], row["at"])
            for row in self._database.rows(statement)
        )

    def latest_id(self) -> int:
        """The id of the last change; 0 before the first."""
        row = self._database.first(select(func.max(events.c.event_id).label("latest")))
        return int(row["latest"] or 0) if row else 0

    def forget_before(self, transaction: Transaction, event_id: int) -> None:
        """Drop changes too old for any reader to resume behind."""
        transaction.run(delete(events).where(events.c.event_id < event_id))
