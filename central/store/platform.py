"""What the platform's connectors have read: counts of each, and the files that were read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from central.store.database import Database, Transaction
from central.store.schema_platform import platform_files, platform_sources


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items came, how many of them said something new, how many were put aside."""

    items: int = 0
    new: int = 0
    aside: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.items + other.items, self.new + other.new, self.aside + other.aside)


@dataclass(frozen=True, slots=True)
class ConnectorRecord:
    """A connector: what it has read since it was set up, and how it does."""

    name: str
    kind: str
    """`rest`, `folder` or `push`."""
    answered_at: datetime | None
    """When it last gave something that could be read; up to a minute old while nothing is new."""
    failed_at: datetime | None
    failure: str
    """Why it gives nothing now; empty while it does."""
    tally: Tally


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file that was read, or is being read (`read_at` is None). `digest` changes with what is in it."""

    source: str
    digest: str
    name: str
    began_at: datetime
    read_at: datetime | None
    rows: int
    """Rows below the header."""
    tally: Tally
    failure: str = ""
    """Why nothing of it could be read."""


class Connectors:
    """`store.connectors`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> tuple[ConnectorRecord, ...]:
        """All that have ever worked or failed, by name."""
        rows = self._database.rows(select(platform_sources).order_by(platform_sources.c.name))
        return tuple(_connector(dict(row)) for row in rows)

    def files(self, *, limit: int = 50) -> tuple[FileRecord, ...]:
        """The latest first."""
        ordered = select(platform_files).order_by(platform_files.c.began_at.desc(), platform_files.c.digest)
        return tuple(_file(dict(row)) for row in self._database.rows(ordered.limit(limit)))

    def file(self, source: str, digest: str) -> FileRecord | None:
        """One file, if it was ever begun."""
        where = (platform_files.c.source == source, platform_files.c.digest == digest)
        row = self._database.first(select(platform_files).where(*where))
        return _file(dict(row)) if row else None

    def answered(self, transaction: Transaction, name: str, kind: str, tally: Tally) -> None:
        """It gave something, `tally` of it."""
        before = self._of(transaction, name)
        total = (before.tally if before else Tally()) + tally
        failed_at = before.failed_at if before else None
        self._save(transaction, ConnectorRecord(name, kind, transaction.at, failed_at, "", total))

    def failed(self, transaction: Transaction, name: str, kind: str, failure: str) -> None:
        """It gives nothing."""
        before = self._of(transaction, name)
        answered_at, tally = (before.answered_at, before.tally) if before else (None, Tally())
        self._save(transaction, ConnectorRecord(name, kind, answered_at, transaction.at, failure, tally))

    def save_file(self, transaction: Transaction, file: FileRecord) -> None:
        """How far a file is read."""
        values = asdict(file)
        transaction.upsert(platform_files, values | values.pop("tally"))

    def _of(self, transaction: Transaction, name: str) -> ConnectorRecord | None:
        row = transaction.first(select(platform_sources).where(platform_sources.c.name == name))
        return _connector(dict(row)) if row else None

    def _save(self, transaction: Transaction, record: ConnectorRecord) -> None:
        values = asdict(record)
        transaction.upsert(platform_sources, values | values.pop("tally"))


def _connector(row: dict[str, object]) -> ConnectorRecord:
    return ConnectorRecord(tally=_tally(row), **row)  # type: ignore[arg-type] # a row of the table


def _file(row: dict[str, object]) -> FileRecord:
    return FileRecord(tally=_tally(row), **row)  # type: ignore[arg-type] # a row of the table


def _tally(row: dict[str, object]) -> Tally:
    return Tally(*(row.pop(name) for name in ("items", "new", "aside")))  # type: ignore[arg-type] # whole numbers
