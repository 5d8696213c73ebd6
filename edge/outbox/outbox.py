"""Store and forward: what central must get is on disk before anything acts on it, and stays until central has it.

Messages are numbered 1, 2, 3 … without gaps; the number is given in the same transaction that stores the message, so
no number is ever lost or used twice. A passage and its pictures are stored in one transaction: no passage names a
picture that a power cut took.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from contract.messages import Evidence, Numbered, SeqRange
from contract.topics import address_of
from edge.outbox.database import Database
from edge.outbox.pictures import SENT_SEQS, PictureIndex, mark_sent, note_unsent

Make = Callable[[UUID, int], Numbered]
"""Makes the message of an outbox and a number."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A message that central has not committed: its number, topic and payload."""

    seq: int
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How full the outbox is: messages waiting, the last number given, bytes on disk."""

    pending: int
    last_seq: int
    disk_bytes: int


class Outbox:
    """The node's outbox. Safe to use from several threads; `Outbox.open` is the way to one."""

    def __init__(self, database: Database) -> None:
        self.outbox_id = database.outbox_id
        self.pictures = PictureIndex(database)
        self._database = database

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the outbox. Its folder is made if it is missing.

        Raises:
            StoreError: the file cannot be opened, or is not an outbox.

        """
        return cls(Database.open(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, make: Make) -> int:
        """Give outbox id and next number to `make`, store the message it makes, return the number once it is on disk.

        Raises:
            StoreError: the disk is full or broken; nothing was stored and the number is still free.

        """
        return self.append_all([make])[0]

    def append_all(self, makes: Sequence[Make]) -> list[int]:
        """Like `append` for messages that belong together: all of them are stored, or none.

        Raises:
            StoreError: the disk is full or broken; nothing was stored and the numbers are still free.

        """
        with self._database.transaction() as connection:
            first = _last_seq(connection) + 1
            for seq, make in enumerate(makes, first):
                message = make(self.outbox_id, seq)
                payload = message.model_dump_json().encode()
                connection.execute(
                    "INSERT INTO message (seq, topic, payload) VALUES (?, ?, ?)", [seq, address_of(message), payload]
                )
                if isinstance(message, Evidence):
                    note_unsent(connection, message, len(payload))
            connection.execute("UPDATE outbox SET last_seq = ?", [first + len(makes) - 1])
        return list(range(first, first + len(makes)))

    def pending(self, limit: int, *, skip: frozenset[int] = frozenset()) -> list[Pending]:
        """Up to `limit` waiting messages in order, without those whose numbers are in `skip`.

        Raises:
            StoreError: the file cannot be read.

        """
        statement = f"SELECT seq FROM message WHERE seq NOT IN ({SENT_SEQS}) ORDER BY seq"  # noqa: S608 - our own words
        with self._database.transaction() as connection:
            waiting = (seq for (seq,) in connection.execute(statement))
            wanted = list(itertools.islice((seq for seq in waiting if seq not in skip), limit))
            rows = [
                connection.execute("SELECT seq, topic, payload FROM message WHERE seq = ?", [seq]).fetchone()
                for seq in wanted
            ]
        return [Pending(*row) for row in rows]

    def prune(self, ranges: Sequence[SeqRange]) -> int:
        """Wait no longer for what central has committed; returns how many messages that were.

        They are deleted, but for pictures: those wait for their place among the kept ones.

        Raises:
            StoreError: the file cannot be written; nothing was dropped.

        """
        statement = f"DELETE FROM message WHERE seq BETWEEN ? AND ? AND seq NOT IN ({SENT_SEQS})"  # noqa: S608
        with self._database.transaction() as connection:
            return sum(
                mark_sent(connection, first, last) + connection.execute(statement, [first, last]).rowcount
                for first, last in ranges
            )

    def counts(self) -> OutboxCounts:
        """How full it is.

        Raises:
            StoreError: the file cannot be read.

        """
        statement = f"SELECT count(*) FROM message WHERE seq NOT IN ({SENT_SEQS})"  # noqa: S608 - our own words
        with self._database.transaction() as connection:
            (pending,) = connection.execute(statement).fetchone()
            last_seq = _last_seq(connection)
        return OutboxCounts(pending, last_seq, self._database.disk_bytes)

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _last_seq(connection: sqlite3.Connection) -> int:
    (last_seq,) = connection.execute("SELECT last_seq FROM outbox").fetchone()
    return int(last_seq)
