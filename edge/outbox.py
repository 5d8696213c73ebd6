"""Store and forward: what central must get is on disk before anything acts on it, and stays until central has it.

One SQLite file, `synchronous=FULL`. Messages are numbered 1, 2, 3 … without gaps; the number is given in the same
transaction that stores the message, so no number is ever lost or used twice.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
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
    """The node's outbox. Safe to use from several threads; `Outbox.open` is the way to one."""

    def __init__(self, path: Path, connection: sqlite3.Connection, outbox_id: UUID) -> None:
        self.outbox_id = outbox_id
        self._path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the outbox. Its folder is made if it is missing.

        Raises:
            StoreError: the file cannot be opened, or is not an outbox.

        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"cannot open the outbox {path}: {error}; is the disk writable?") from error
        try:
            return cls(path, connection, _prepare(connection))
        except sqlite3.Error as error:
            connection.close()
            raise StoreError(
                f"cannot use {path} as outbox: {error}; is the file ours, and the disk writable?"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, make: Callable[[UUID, int], Numbered]) -> int:
        """Give outbox id and next number to `make`, store the message it makes, return the number once it is on disk.

        Raises:
            StoreError: the disk is full or broken; nothing was stored and the number is still free.

        """
        with self._transaction():
            seq = self._last_seq() + 1
            message = make(self.outbox_id, seq)
            self._connection.execute(
                "INSERT INTO message (seq, topic, payload) VALUES (?, ?, ?)",
                [seq, address_of(message), message.model_dump_json().encode()],
            )
            self._connection.execute("UPDATE outbox SET last_seq = ?", [seq])
        return seq

    def pending(self, limit: int, *, skip: frozenset[int] = frozenset()) -> list[Pending]:
        """Up to `limit` waiting messages in order, without those whose numbers are in `skip`.

        Raises:
            StoreError: the file cannot be read.

        """
        with self._transaction():
            waiting = (seq for (seq,) in self._connection.execute("SELECT seq FROM message ORDER BY seq"))
            wanted = list(itertools.islice((seq for seq in waiting if seq not in skip), limit))
            rows = [
                self._connection.execute("SELECT seq, topic, payload FROM message WHERE seq = ?", [seq]).fetchone()
                for seq in wanted
            ]
        return [Pending(*row) for row in rows]

    def prune(self, ranges: Sequence[SeqRange]) -> int:
        """Drop what central has committed; returns how many messages that were.

        Raises:
            StoreError: the file cannot be written; nothing was dropped.

        """
        with self._transaction():
            return sum(
                self._connection.execute("DELETE FROM message WHERE seq BETWEEN ? AND ?", [first, last]).rowcount
                for first, last in ranges
            )

    def counts(self) -> OutboxCounts:
        """How full it is.

        Raises:
            StoreError: the file cannot be read.

        """
        with self._transaction():
            (pending,) = self._connection.execute("SELECT count(*) FROM message").fetchone()
            last_seq = self._last_seq()
        log = self._path.with_name(self._path.name + "-wal")
        disk_bytes = sum(path.stat().st_size for path in (self._path, log) if path.exists())
        return OutboxCounts(pending, last_seq, disk_bytes)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _last_seq(self) -> int:
        (last_seq,) = self._connection.execute("SELECT last_seq FROM outbox").fetchone()
        return int(last_seq)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of the block, or nothing of it."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreError(f"cannot use the outbox {self._path}: {error}") from error
            finally:
                if self._connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):  # the disk is gone; it was told above
                        self._connection.execute("ROLLBACK")


def _prepare(connection: sqlite3.Connection) -> UUID:
    """Make the tables if they are not there; returns the id of the outbox."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    database = sqlite_utils.Database(connection)
    database.table("message").create({"seq": int, "topic": str, "payload": bytes}, pk="seq", if_not_exists=True)
    database.table("outbox").create({"id": int, "outbox_id": str, "last_seq": int}, pk="id", if_not_exists=True)
    connection.execute("INSERT OR IGNORE INTO outbox (id, outbox_id, last_seq) VALUES (1, ?, 0)", [str(uuid4())])
    (outbox_id,) = connection.execute("SELECT outbox_id FROM outbox").fetchone()
    return UUID(outbox_id)
