"""The node's SQLite file: what a transaction wrote is on disk when it ends, all of it or nothing."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from uuid import UUID, uuid4

import sqlite_utils

from contract.errors import StoreError

_SHRINK_FROM_BYTES = 64_000_000
"""So much unused room in the file is given back to the disk. Less is soon used again, and moving pages wears a card."""
_SHRINK_PAGES = 1024


class Database:
    """One SQLite file, `synchronous=FULL`. Safe to use from several threads; `Database.open` is the way to one."""

    def __init__(self, path: Path, connection: sqlite3.Connection, outbox_id: UUID) -> None:
        self.outbox_id = outbox_id
        self._path = path
        self._connection = connection
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create it. Its folder is made if it is missing.

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

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block, or nothing of it.

        Raises:
            StoreError: the disk is full or broken.

        """
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreError(f"cannot use the outbox {self._path}: {error}") from error
            finally:
                if self._connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):  # the disk is gone; it was told above
                        self._connection.execute("ROLLBACK")

    def shrink(self) -> None:
        """Give room that a long time without central has left in the file back to the disk, a little at a time.

        Raises:
            StoreError: the file cannot be written.

        """
        with self._lock:
            try:
                (unused,) = self._connection.execute("PRAGMA freelist_count").fetchone()
                (page_bytes,) = self._connection.execute("PRAGMA page_size").fetchone()
                if unused * page_bytes > _SHRINK_FROM_BYTES:
                    # a script, because `execute` gives back a single page
                    self._connection.executescript(f"PRAGMA incremental_vacuum({_SHRINK_PAGES})")
            except sqlite3.Error as error:
                raise StoreError(f"cannot use the outbox {self._path}: {error}") from error

    @property
    def disk_bytes(self) -> int:
        """What it takes on disk."""
        log = self._path.with_name(self._path.name + "-wal")
        return sum(path.stat().st_size for path in (self._path, log) if path.exists())

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def _prepare(connection: sqlite3.Connection) -> UUID:
    """Make the tables if they are not there; returns the id of the outbox."""
    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")  # counts for a new file only
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    database = sqlite_utils.Database(connection)
    database.table("message").create({"seq": int, "topic": str, "payload": bytes}, pk="seq", if_not_exists=True)
    database.table("outbox").create({"id": int, "outbox_id": str, "last_seq": int}, pk="id", if_not_exists=True)
    database.table("picture").create(
        {
            "id": int,
            "seq": int,  # of its message, while that is here
            "kind": str,
            "sha256": str,
            "passage_id": str,  # null when nobody knows any more
            "place": str,
            "size_bytes": int,
        },
        pk="id",
        if_not_exists=True,
    )
    for columns in (["seq"], ["passage_id"], ["kind", "sha256"], ["place", "kind", "size_bytes"]):
        database.table("picture").create_index(columns, if_not_exists=True)
    database.table("dispute").create({"passage_id": str, "since": str}, pk="passage_id", if_not_exists=True)
    connection.execute("INSERT OR IGNORE INTO outbox (id, outbox_id, last_seq) VALUES (1, ?, 0)", [str(uuid4())])
    (outbox_id,) = connection.execute("SELECT outbox_id FROM outbox").fetchone()
    return UUID(outbox_id)
