"""What the platform is told of its declarations: a queue that outlives restarts, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from central.store.database import Database, Transaction
from central.store.schema_platform import write_backs

_TABLE = write_backs.c


@dataclass(frozen=True, slots=True)
class WriteBackRecord:
    """The `number`-th thing that the platform is told of a declaration.

    Attributes:
        due_at: when it is tried (again); None once it is over.
        accepted: what the platform said; None while it has not, or where something newer took its place before it did.
        answer: what came last, in words.

    """

    declaration_id: str
    number: int
    passage_id: str
    passage_revision: int
    payload: Mapping[str, Any]
    queued_at: datetime
    due_at: datetime | None
    tries: int
    accepted: bool | None
    answer: str

    @property
    def key(self) -> str:
        """What the platform knows it by when it comes twice."""
        return f"{self.declaration_id}/{self.number}"


class WriteBacks:
    """`store.write_backs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, *, limit: int = 100) -> tuple[WriteBackRecord, ...]:
        """The latest first."""
        ordered = select(write_backs).order_by(_TABLE.queued_at.desc(), _TABLE.declaration_id, _TABLE.number.desc())
        return tuple(WriteBackRecord(**row) for row in self._database.rows(ordered.limit(limit)))

    def due(self, now: datetime, *, limit: int) -> tuple[WriteBackRecord, ...]:
        """What is to be sent now, what waits longest first."""
        where = select(write_backs).where(_TABLE.due_at <= now).order_by(_TABLE.due_at, _TABLE.declaration_id)
        return tuple(WriteBackRecord(**row) for row in self._database.rows(where.limit(limit)))

    def waiting(self) -> int:
        """How many are still to be sent."""
        row = self._database.first(select(func.count().label("number")).where(_TABLE.due_at.is_not(None)))
        return int(row["number"]) if row else 0

    def last(self, transaction: Transaction, declaration_id: str) -> WriteBackRecord | None:
        """What the platform was told of a declaration last, or is about to be."""
        of = select(write_backs).where(_TABLE.declaration_id == declaration_id).order_by(_TABLE.number.desc())
        row = transaction.first(of.limit(1))
        return WriteBackRecord(**row) if row else None

    def of_passage(self, passage_id: str) -> tuple[str, ...]:
        """Declarations of which the platform was ever told that this passage was theirs."""
        found = select(_TABLE.declaration_id).where(_TABLE.passage_id == passage_id).distinct()
        return tuple(row["declaration_id"] for row in self._database.rows(found))

    def queue(
        self,
        transaction: Transaction,
        last: WriteBackRecord | None,
        *,
        declaration_id: str,
        passage_id: str,
        passage_revision: int,
        payload: Mapping[str, Any],
    ) -> None:
        """Have the platform told; what was still waiting for this declaration is replaced by it."""
        waits = (_TABLE.declaration_id == declaration_id, _TABLE.due_at.is_not(None))
        transaction.run(update(write_backs).where(*waits).values(due_at=None, answer="replaced by a newer one"))
        transaction.insert(
            write_backs,
            {
                "declaration_id": declaration_id,
                "number": last.number + 1 if last else 1,
                "passage_id": passage_id,
                "passage_revision": passage_revision,
                "payload": dict(payload),
                "queued_at": transaction.at,
                "due_at": transaction.at,
                "tries": 0,
                "accepted": None,
                "answer": "",
            },
        )

    def answered(
        self,
        transaction: Transaction,
        record: WriteBackRecord,
        answer: str,
        *,
        accepted: bool | None,
        due_at: datetime | None,
    ) -> None:
        """Note what came of a try; `due_at` is when to try again, where it is not over."""
        of = (_TABLE.declaration_id == record.declaration_id, _TABLE.number == record.number)
        values = {"tries": record.tries + 1, "answer": answer, "accepted": accepted}
        transaction.run(update(write_backs).where(*of).values(**values))
        # something newer may have taken its place while it was on its way
        transaction.run(update(write_backs).where(*of, _TABLE.due_at.is_not(None)).values(due_at=due_at))
