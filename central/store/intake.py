"""What ingest and the connectors keep for themselves: numbers committed, dead letters, cursors, access lists."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select, update

from central.store.database import Database, Transaction
from central.store.ranges import Ranges
from central.store.records import DeadLetterRecord
from central.store.schema import access_lists, committed_ranges, cursors, dead_letters
from contract.messages import AccessList


@dataclass(frozen=True, slots=True)
class OutboxKey:
    """Which outbox numbers count in."""

    site: str
    node: str
    outbox_id: UUID


class CommittedRanges:
    """`store.ranges`: which numbers of each outbox are on this disk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: OutboxKey) -> Ranges:
        """The runs of one outbox; empty for an outbox never heard of."""
        with self._database.reading() as reading:
            return self.load(reading, key)

    def load(self, transaction: Transaction, key: OutboxKey) -> Ranges:
        """The runs of one outbox, within a transaction."""
        statement = select(committed_ranges.c.first_seq, committed_ranges.c.last_seq).where(
            committed_ranges.c.site == key.site,
            committed_ranges.c.node == key.node,
            committed_ranges.c.outbox_id == str(key.outbox_id),
        )
        rows = transaction.rows(statement.order_by(committed_ranges.c.first_seq))
        return tuple((row["first_seq"], row["last_seq"]) for row in rows)

    def save(self, transaction: Transaction, key: OutboxKey, before: Ranges, after: Ranges) -> None:
        """Replace the runs `before` by `after`, touching only what differs."""
        names = {"site": key.site, "node": key.node, "outbox_id": str(key.outbox_id)}
        where = [committed_ranges.c[name] == value for name, value in names.items()]
        for first, _ in set(before) - set(after):
            transaction.run(delete(committed_ranges).where(*where, committed_ranges.c.first_seq == first))
        for first, last in set(after) - set(before):
            transaction.insert(committed_ranges, {**names, "first_seq": first, "last_seq": last})


class DeadLetters:
    """`store.dead_letters`: what could not be taken in. The same thing again only counts up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, *, limit: int = 100) -> tuple[DeadLetterRecord, ...]:
        """The latest first."""
        statement = select(dead_letters).order_by(dead_letters.c.last_at.desc(), dead_letters.c.dead_letter_id.desc())
        return tuple(
            DeadLetterRecord(**{name: value for name, value in row.items() if name != "digest"})
            for row in self._database.rows(statement.limit(limit))
        )

    def count(self) -> int:
        """How many different ones there are."""
        row = self._database.first(select(func.count().label("number")).select_from(dead_letters))
        return int(row["number"]) if row else 0

    def add(self, transaction: Transaction, source: str, payload: bytes, reason: str) -> None:
        """Put something aside with the reason."""
        digest = hashlib.sha256(source.encode() + b"\0" + payload).hexdigest()
        again = (
            update(dead_letters)
            .where(dead_letters.c.digest == digest)
            .values(count=dead_letters.c.count + 1, last_at=transaction.at, reason=reason)
        )
        if not transaction.run(again):
            transaction.insert(
                dead_letters,
                {
                    "source": source,
                    "digest": digest,
                    "reason": reason,
                    "payload": payload,
                    "count": 1,
                    "first_at": transaction.at,
                    "last_at": transaction.at,
                },
            )


class Cursors:
    """`store.cursors`: how far connectors have read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str:
        """Where to go on; empty at the very beginning."""
        row = self._database.first(select(cursors.c.value).where(cursors.c.name == name))
        return str(row["value"]) if row else ""

    def save(self, transaction: Transaction, name: str, value: str) -> None:
        """Remember how far."""
        transaction.upsert(cursors, {"name": name, "value": value})


@dataclass(frozen=True, slots=True)
class PublishedList:
    """The access list that a node was last given."""

    message: AccessList
    content_hash: str


class AccessLists:
    """`store.access_lists`: what each node was last given."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, site: str, node: str) -> PublishedList | None:
        """The last list of a node, if it ever had one."""
        row = self._database.first(select(access_lists).where(access_lists.c.site == site, access_lists.c.node == node))
        return PublishedList(AccessList.model_validate_json(row["payload"]), row["content_hash"]) if row else None

    def save(self, transaction: Transaction, message: AccessList, content_hash: str) -> None:
        """Remember what a node is given."""
        transaction.upsert(
            access_lists,
            {
                "site": message.site,
                "node": message.node,
                "version": message.version,
                "content_hash": content_hash,
                "issued_at": message.issued_at,
                "payload": message.model_dump_json(),
            },
        )
