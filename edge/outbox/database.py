"""The node's SQLite file: what a transaction wrote is on disk when it ends, all of it or nothing.

It is opened when it is first needed, and tried again for as long as the disk refuses. A file that is damaged is set
aside under a name with its time, and a new one is begun at once: what comes next must not wait for what was.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import sqlite_utils
import structlog

from contract.errors import StoreError
from edge.outbox.pages import Identity, find_identity

log = structlog.get_logger(__name__)
_SHRINK_FROM_BYTES = 64_000_000
"""So much unused room in the file is given back to the disk. Less is soon used again, and moving pages wears a card."""
_SHRINK_PAGES = 1024
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
DAMAGED = ".damaged"
"""Suffix of a file that was set aside and not yet read through."""
SALVAGED = ".salvaged"
"""Suffix of a file that was set aside, once all that can be read of it was taken over."""


class DamagedError(StoreError):
    """The file was damaged. It is set aside; the same again goes into the file that takes its place."""


class Database:
    """One SQLite file, `synchronous=FULL`. Safe to use from several threads."""

    def __init__(self, path: Path, *, on_set_aside: Callable[[], None]) -> None:
        self.path = path
        self.outbox_id: UUID | None = None
        """Of the file in use; None until it could be opened."""
        self._on_set_aside = on_set_aside
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def transaction(self, *, reads_only: bool = False) -> Iterator[sqlite3.Connection]:
        """All of the block, or nothing of it. With `reads_only` it works on a disk that may not be written to.

        Raises:
            DamagedError: the file was damaged.
            StoreError: the disk is full, read-only or broken.

        """
        with self._lock:
            connection = self._open()
            try:
                connection.execute("BEGIN" if reads_only else "BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._give_way(error)
                raise StoreError(f"cannot use the outbox {self.path}: {error}") from error
            finally:
                if self._connection is connection and connection.in_transaction:
                    with contextlib.suppress(sqlite3.Error):  # the disk is gone; it was told above
                        connection.execute("ROLLBACK")

    def shrink(self) -> None:
        """Give room that a long time without central has left in the file back to the disk, a little at a time.

        Raises:
            StoreError: the file cannot be written.

        """
        with self._lock:
            connection = self._open()
            try:
                (unused,) = connection.execute("PRAGMA freelist_count").fetchone()
                (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
                if unused * page_bytes > _SHRINK_FROM_BYTES:
                    # a script, because `execute` gives back a single page
                    connection.executescript(f"PRAGMA incremental_vacuum({_SHRINK_PAGES})")
            except sqlite3.Error as error:
                self._give_way(error)
                raise StoreError(f"cannot use the outbox {self.path}: {error}") from error

    def condemn(self, reason: str) -> DamagedError:
        """Set the file aside for a damage that SQLite does not notice; returns the error to raise."""
        with self._lock:
            return self._set_aside(reason)

    @property
    def disk_bytes(self) -> int:
        """What it takes on disk."""
        return sum(path.stat().st_size for path in (self.path, beside(self.path, "-wal")) if path.exists())

    def set_aside(self, suffix: str | None = None) -> list[Path]:
        """The files that were set aside, the oldest first: all of them, or those with a suffix."""
        suffixes = (DAMAGED, SALVAGED) if suffix is None else (suffix,)
        found = (path for one in suffixes for path in self.path.parent.glob(f"{self.path.stem}-*{one}"))
        return sorted(found, key=lambda path: path.name)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
                self.outbox_id = _prepare(self._connection, self._identity_before)
            except (sqlite3.Error, ValueError, OSError) as error:
                self._give_way(error)
                self._close()
                raise StoreError(f"cannot open the outbox {self.path}: {error}; is the disk writable?") from error
            if self.set_aside(DAMAGED):
                self._on_set_aside()
        return self._connection

    def _identity_before(self) -> Identity | None:
        """Who a new file is: the one that was set aside last, where that can be known."""
        aside = self.set_aside(DAMAGED)
        return find_identity(aside[-1]) if aside else None

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _give_way(self, error: Exception) -> None:
        """Set the file aside if the error means that it is damaged; the error to raise then."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the extended codes tell more than is needed
        if code in _DAMAGE or isinstance(error, ValueError):  # a row of ours that cannot be understood
            raise self._set_aside(str(error)) from error

    def _set_aside(self, reason: str) -> DamagedError:
        self._close()
        name = f"{self.path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}{DAMAGED}"
        aside = self.path.with_name(name)
        try:
            self.path.replace(aside)
            for suffix in ("-wal", "-shm"):  # the log holds what is newest
                if beside(self.path, suffix).exists():
                    beside(self.path, suffix).replace(beside(aside, suffix))
        except OSError as error:
            return DamagedError(f"the outbox {self.path} is damaged ({reason}) and cannot be set aside: {error}")
        log.error("the outbox was damaged; it is set aside and what can be read is salvaged", aside=name, reason=reason)
        return DamagedError(f"the outbox {self.path} was damaged ({reason}); it lies beside as {name}")


def beside(path: Path, suffix: str) -> Path:
    """A file that SQLite keeps beside a database."""
    return path.with_name(path.name + suffix)


def _prepare(connection: sqlite3.Connection, identity_before: Callable[[], Identity | None]) -> UUID:
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
    if not database.table("waiting").exists():
        _list_waiting(connection)
    if connection.execute("SELECT 1 FROM outbox").fetchone() is None:
        identity = identity_before() or Identity(uuid4(), 0)
        connection.execute(
            "INSERT INTO outbox (id, outbox_id, last_seq) VALUES (1, ?, ?)",
            [str(identity.outbox_id), identity.last_seq],
        )
    (outbox_id,) = connection.execute("SELECT outbox_id FROM outbox").fetchone()
    return UUID(outbox_id)


def _list_waiting(connection: sqlite3.Connection) -> None:
    """List the numbers that central does not have, apart from the payloads: small, and in the order of sending."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "CREATE TABLE waiting (is_picture INTEGER, seq INTEGER, PRIMARY KEY (is_picture, seq)) WITHOUT ROWID"
    )
    connection.execute(
        "INSERT INTO waiting SELECT EXISTS (SELECT 1 FROM picture WHERE picture.seq = message.seq), seq FROM message"
        " WHERE seq NOT IN (SELECT seq FROM picture WHERE place = 'sent')"
    )
    connection.execute("COMMIT")
