"""The index of pictures: of which passage each is, where its bytes are, and whether it is disputed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from contract.messages import EvidenceKind
from edge.outbox.database import Database


class Place(StrEnum):
    """Where a picture's bytes are."""

    UNSENT = "unsent"
    """In its message; central does not have it."""
    SENT = "sent"
    """In its message still; central has it."""
    KEPT = "kept"
    """In a file; central has it."""


_DISPUTED = "passage_id IN (SELECT passage_id FROM dispute)"
_COLUMNS = "id, kind, sha256, passage_id, place, size_bytes"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the index. `size_bytes` is what it takes on disk."""

    picture_id: int
    kind: EvidenceKind
    sha256: str
    passage_id: UUID | None
    place: Place
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What pictures take on disk, in bytes."""

    of_kind: dict[EvidenceKind, int]
    unsent: int
    disputed: int


class PictureIndex:
    """Which pictures this node has. Older pictures have smaller ids, whatever the clock said."""

    def __init__(self, database: Database, *, rebuilt: Callable[[], int | None]) -> None:
        self._database = database
        self.rebuilt = rebuilt
        """How often it was taken over from a damaged file; None while that goes on and pictures are missing in it."""

    def sent(self) -> list[Picture]:
        """Pictures that central has and whose bytes lie in their messages still.

        Raises:
            StoreError: the file cannot be read. So for all that follow.

        """
        return self._find("place = ?", [Place.SENT])

    def message_of(self, picture: Picture) -> bytes | None:
        """The message that holds a picture's bytes, if one does."""
        with self._database.transaction(reads_only=True) as connection:
            row = connection.execute(
                "SELECT payload FROM message WHERE seq = (SELECT seq FROM picture WHERE id = ?)", [picture.picture_id]
            ).fetchone()
        return None if row is None else bytes(row[0])

    def file_written(self, picture: Picture, size_bytes: int) -> None:
        """Its bytes lie in a file now: the message is done with."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM message WHERE seq = (SELECT seq FROM picture WHERE id = ?)", [picture.picture_id]
            )
            connection.execute(
                "UPDATE picture SET seq = NULL, place = ?, size_bytes = ? WHERE id = ?",
                [Place.KEPT, size_bytes, picture.picture_id],
            )

    def oldest_free(self, limit: int, *, kind: EvidenceKind | None = None) -> list[Picture]:
        """The oldest kept pictures (of a kind) that nobody disputes."""
        condition = f"place = ? AND (passage_id IS NULL OR NOT {_DISPUTED})"
        if kind is None:
            return self._find(condition, [Place.KEPT], limit)
        return self._find(f"{condition} AND kind = ?", [Place.KEPT, kind], limit)

    def next_kept(self, after_id: int) -> Picture | None:
        """The kept picture behind that id."""
        return next(iter(self._find("place = ? AND id > ?", [Place.KEPT, after_id], 1)), None)

    def kept(self) -> list[Picture]:
        """Every picture that lies in a file."""
        return self._find("place = ?", [Place.KEPT])

    def of_passage(self, passage_id: UUID) -> list[Picture]:
        """Every picture of a passage."""
        return self._find("passage_id = ?", [str(passage_id)])

    def forget(self, pictures: Collection[Picture]) -> list[Picture]:
        """Take pictures that are not unsent out of the index; returns those whose files no other picture shares.

        A passage that was disputed meanwhile keeps its own.
        """
        gone: list[Picture] = []
        with self._database.transaction() as connection:
            for picture in pictures:
                key = [picture.picture_id, Place.UNSENT]
                where = f"id = ? AND place != ? AND (passage_id IS NULL OR NOT {_DISPUTED})"
                connection.execute(f"DELETE FROM message WHERE seq = (SELECT seq FROM picture WHERE {where})", key)  # noqa: S608
                if connection.execute(f"DELETE FROM picture WHERE {where}", key).rowcount:  # noqa: S608
                    gone.append(picture)
            return [picture for picture in gone if not _is_named(connection, picture)]

    def adopt(self, files: Iterable[tuple[EvidenceKind, str, int]]) -> None:
        """Take in files (kind, hash, size) of which nobody knows the passage, the oldest first: they go first."""
        with self._database.transaction() as connection:
            (oldest,) = connection.execute("SELECT min(id) FROM picture").fetchone()
            rows = [(kind, sha256, size_bytes) for kind, sha256, size_bytes in files]
            first = min(0, oldest or 0) - len(rows)
            for picture_id, row in enumerate(rows, first):
                connection.execute(
                    "INSERT INTO picture (id, kind, sha256, place, size_bytes) VALUES (?, ?, ?, ?, ?)",
                    [picture_id, row[0], row[1], Place.KEPT, row[2]],
                )

    def dispute(self, passage_id: UUID, since: datetime) -> None:
        """From now on no picture of that passage is deleted."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO dispute VALUES (?, ?)", [str(passage_id), since.isoformat()])

    def settle(self, passage_id: UUID) -> None:
        """It is disputed no longer."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM dispute WHERE passage_id = ?", [str(passage_id)])

    def usage(self) -> Usage:
        """What they take on disk."""
        with self._database.transaction(reads_only=True) as connection:
            rows = connection.execute(
                "SELECT kind, place, sum(size_bytes) FROM picture GROUP BY place, kind"
            ).fetchall()
            (disputed,) = connection.execute(f"SELECT total(size_bytes) FROM picture WHERE {_DISPUTED}").fetchone()  # noqa: S608
        of_kind = {kind: sum(size for name, _, size in rows if name == kind) for kind in EvidenceKind}
        return Usage(of_kind, sum(size for _, place, size in rows if place == Place.UNSENT), int(disputed))

    def shrink(self) -> None:
        """Give unused room back to the disk."""
        self._database.shrink()

    def _find(self, condition: str, values: list[object], limit: int = -1) -> list[Picture]:
        statement = f"SELECT {_COLUMNS} FROM picture WHERE {condition} ORDER BY id LIMIT ?"  # noqa: S608 - our own words
        with self._database.transaction(reads_only=True) as connection:
            rows = connection.execute(statement, [*values, limit]).fetchall()
        try:
            return [
                Picture(picture_id, EvidenceKind(kind), sha256, UUID(passage) if passage else None, Place(place), size)
                for picture_id, kind, sha256, passage, place, size in rows
            ]
        except ValueError as error:  # bytes were changed where SQLite does not notice
            raise self._database.condemn(f"a row of the pictures' index: {error}") from error


def note_unsent(
    connection: sqlite3.Connection, seq: int, *, kind: str, sha256: str, passage_id: str, size_bytes: int
) -> None:
    """Take the picture of a message in, within the transaction that stores that. Its id is its number: they grow."""
    connection.execute(
        "INSERT OR IGNORE INTO picture (id, seq, kind, sha256, passage_id, place, size_bytes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [seq, seq, kind, sha256, passage_id, Place.UNSENT, size_bytes],
    )


def mark_sent(connection: sqlite3.Connection, first: int, last: int) -> None:
    """Central has these numbers: their pictures wait for their place among the kept ones."""
    # by the list of what waits: by its place SQLite would look at every unsent picture, for each run
    pictures = "SELECT seq FROM waiting WHERE is_picture = 1 AND seq BETWEEN ? AND ?"
    connection.execute(f"UPDATE picture SET place = ? WHERE seq IN ({pictures})", [Place.SENT, first, last])  # noqa: S608 - our own words


def _is_named(connection: sqlite3.Connection, picture: Picture) -> bool:
    row = connection.execute(
        "SELECT 1 FROM picture WHERE kind = ? AND sha256 = ? AND place = ?", [picture.kind, picture.sha256, Place.KEPT]
    ).fetchone()
    return row is not None
