"""Store and forward: what central must get is on disk before anything acts on it, and stays until central has it.

Messages are numbered 1, 2, 3 … without gaps; the number is given in the same transaction that stores the message, so
no number is ever lost or used twice. A passage and its pictures are stored in one transaction: no passage names a
picture that a power cut took. Central gets the newest passages first, and pictures behind all passages.
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
from edge.outbox.database import DamagedError, Database
from edge.outbox.pictures import PictureIndex, mark_sent, note_unsent
from edge.outbox.salvage import Salvager, is_whole

Make = Callable[[UUID, int], Numbered]
"""Makes the message of an outbox and a number."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A message that central has not committed: its number, topic and payload, and whether it is a picture's."""

    seq: int
    topic: str
    payload: bytes
    is_picture: bool


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How full the outbox is: messages waiting, the last number given, bytes on disk."""

    pending: int
    last_seq: int
    disk_bytes: int


class Outbox:
    """The node's outbox. Safe to use from several threads.

    It opens its file when it first needs it, and again for as long as the disk refuses; `Outbox.open` insists on it.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, on_set_aside=self._salvage)
        self._salvager = Salvager(self._database)
        self.pictures = PictureIndex(self._database, rebuilt=self._salvager.rebuilt)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the outbox. Its folder is made if it is missing.

        Raises:
            StoreError: the file cannot be opened.

        """
        outbox = cls(path)
        try:
            outbox.counts()
        except DamagedError:
            outbox.counts()
        return outbox

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def outbox_id(self) -> UUID | None:
        """Who it is; None until its file could be opened. Another one when it had to begin anew."""
        return self._database.outbox_id

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
        try:
            return self._append(makes)
        except DamagedError:
            return self._append(makes)  # into the file that takes its place

    def _append(self, makes: Sequence[Make]) -> list[int]:
        with self._database.transaction() as connection:
            outbox_id = self._database.outbox_id
            assert outbox_id is not None  # it is open now
            first = _last_seq(connection) + 1
            for seq, make in enumerate(makes, first):
                message = make(outbox_id, seq)
                payload = message.model_dump_json().encode()
                is_picture = isinstance(message, Evidence)
                connection.execute(
                    "INSERT INTO message (seq, topic, payload) VALUES (?, ?, ?)", [seq, address_of(message), payload]
                )
                connection.execute("INSERT INTO waiting (is_picture, seq) VALUES (?, ?)", [is_picture, seq])
                if isinstance(message, Evidence):
                    note_unsent(
                        connection,
                        seq,
                        kind=message.kind,
                        sha256=message.sha256,
                        passage_id=str(message.passage_id),
                        size_bytes=len(payload),
                    )
            connection.execute("UPDATE outbox SET last_seq = ?", [first + len(makes) - 1])
        return list(range(first, first + len(makes)))

    def pending(self, limit: int, *, pictures: int | None = None, skip: frozenset[int] = frozenset()) -> list[Pending]:
        """Up to `limit` waiting messages, without those whose numbers are in `skip`.

        The newest passage comes first; pictures, `pictures` of them at most, come behind all passages, the newest
        first.

        Raises:
            StoreError: the file cannot be read.

        """
        with self._database.transaction(reads_only=True) as connection:
            wanted = [(seq, False) for seq in _waiting(connection, limit, skip, is_picture=False)]
            room = limit - len(wanted) if pictures is None else min(pictures, limit - len(wanted))
            wanted += [(seq, True) for seq in _waiting(connection, room, skip, is_picture=True)]
            rows = [
                (connection.execute("SELECT topic, payload FROM message WHERE seq = ?", [seq]).fetchone(), seq, picture)
                for seq, picture in wanted
            ]
        for row, seq, _ in rows:
            if row is None or not is_whole(row[1], seq):
                raise self._database.condemn(f"message {seq} is not the one that was stored")
        return [Pending(seq, str(row[0]), row[1], picture) for row, seq, picture in rows]

    def prune(self, ranges: Sequence[SeqRange]) -> int:
        """Wait no longer for what central has committed; returns how many messages that were.

        They are deleted, but for pictures: those wait for their place among the kept ones.

        Raises:
            StoreError: the file cannot be written; nothing was dropped.

        """
        passages = "SELECT seq FROM waiting WHERE is_picture = 0 AND seq BETWEEN ? AND ?"
        done = "DELETE FROM waiting WHERE is_picture IN (0, 1) AND seq BETWEEN ? AND ?"
        dropped = 0
        with self._database.transaction() as connection:
            for run in ranges:
                connection.execute(f"DELETE FROM message WHERE seq IN ({passages})", run)  # noqa: S608 - our own words
                mark_sent(connection, *run)
                dropped += connection.execute(done, run).rowcount
        return dropped

    def counts(self) -> OutboxCounts:
        """How full it is.

        Raises:
            StoreError: the file cannot be read.

        """
        with self._database.transaction(reads_only=True) as connection:
            (pending,) = connection.execute("SELECT count(*) FROM waiting").fetchone()
            last_seq = _last_seq(connection)
        return OutboxCounts(pending, last_seq, self._database.disk_bytes)

    def damage(self) -> dict[str, float]:
        """Vital signs of damaged files, as docs/reliability-edge.md lists them."""
        return {
            "outbox_set_aside": float(len(self._database.set_aside())),
            "outbox_salvaging": float(self._salvager.at_work),
            "outbox_salvaged": float(self._salvager.salvaged),
        }

    def wait_for_salvage(self, timeout_s: float) -> bool:
        """Wait until all that can be read of damaged files is taken over; false when it took longer."""
        return self._salvager.join(timeout_s)

    def _salvage(self) -> None:
        self._salvager.begin()

    def close(self) -> None:
        """Close the file."""
        self._salvager.stop()
        self._database.close()


def _waiting(connection: sqlite3.Connection, limit: int, skip: frozenset[int], *, is_picture: bool) -> list[int]:
    rows = connection.execute("SELECT seq FROM waiting WHERE is_picture = ? ORDER BY seq DESC", [is_picture])
    return list(itertools.islice((seq for (seq,) in rows if seq not in skip), max(0, limit)))


def _last_seq(connection: sqlite3.Connection) -> int:
    (last_seq,) = connection.execute("SELECT last_seq FROM outbox").fetchone()
    return int(last_seq)
