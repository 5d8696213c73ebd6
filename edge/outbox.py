"""Store and forward: what central must get is on disk before anything acts on it, and stays until central has
committed it.

One SQLite file, `synchronous=FULL`. Messages are numbered 1, 2, 3 … without gaps; the number is given in the
same transaction that stores the message, so no number is ever lost or used twice.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import sqlite_utils

from contract.errors import StoreError
from contract.messages import Numbered, SeqRange
from contract.topics import address_of


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
    """The node's outbox. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the outbox.

        Raises:
            StoreError: the file cannot be opened, or is not an outbox.

        """
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"cannot open the outbox {path}: {error}; is the disk writable, and the file ours?"
            ) from error

    def _prepare(self) -> None:
        database = sqlite_utils.Database(self._connection)
        database["message"].create({"seq": int, "topic": str, "payload": bytes}, pk="seq", if_not_exists=True)  # type: ignore[union-attr]  # a table, not a view
        database["outbox"].create({"id": int, "outbox_id": str, "last_seq": int}, pk="id", if_not_exists=True)  # type: ignore[union-attr]  # a table, not a view
        self._connection.execute(
            "INSERT OR IGNORE INTO outbox (id, outbox_id, last_seq) VALUES (1, ?, 0)", [str(uuid4())]
        )
        row = self._connection.execute("SELECT outbox_id FROM outbox WHERE id = 1").fetchone()
        self.outbox_id = UUID(row[0])

    def append(self, make: Callable[[UUID, int], Numbered]) -> int:
        """Give the next number to `make`, store the message it makes, and return the number once it is on disk.

        Raises:
            StoreError: the disk is full or broken; nothing was stored and the number is still free.

        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                (last,) = self._connection.execute("SELECT last_seq FROM outbox WHERE id = 1").fetchone()
                message = make(self.outbox_id, last + 1)
                self._connection.execute(
                    "INSERT INTO message (seq, topic, payload) VALUES (?, ?, ?)",
                    [last + 1, address_of(message), message.model_dump_json().encode()],
                )
                self._connection.execute("UPDATE outbox SET last_seq = ? WHERE id = 1", [last + 1])
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise StoreError(f"cannot store a message in {self._path}: {error}") from error
            except BaseException:
                self._roll_back()
                raise
            return int(last) + 1

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def pending(self, limit: int, *, after_seq: int = 0, skip: frozenset[int] = frozenset()) -> list[Pending]:
        """Up to `limit` messages that wait, in order, behind `after_seq`, without those in `skip`."""
        with self._lock:
            rows = self._connection.execute("SELECT seq FROM message WHERE seq > ? ORDER BY seq", [after_seq])
            wanted: list[int] = []
            for (seq,) in rows:
                if seq not in skip:
                    wanted.append(seq)
                if len(wanted) == limit:
                    break
            one = "SELECT seq, topic, payload FROM message WHERE seq = ?"
            found = [self._connection.execute(one, [seq]).fetchone() for seq in wanted]
        return [Pending(*row) for row in found]

    def prune(self, ranges: Sequence[SeqRange]) -> int:
        """Drop what central has committed; returns how many messages that were."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            dropped = sum(
                self._connection.execute("DELETE FROM message WHERE seq BETWEEN ? AND ?", [first, last]).rowcount
                for first, last in ranges
            )
            self._connection.execute("COMMIT")
        return dropped

    def counts(self) -> OutboxCounts:
        """How full it is."""
        with self._lock:
            (pending,) = self._connection.execute("SELECT count(*) FROM message").fetchone()
            (last,) = self._connection.execute("SELECT last_seq FROM outbox WHERE id = 1").fetchone()
        return OutboxCounts(pending, last, self._path.stat().st_size)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
