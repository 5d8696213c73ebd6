"""Pictures: one file each, named by its hash, and a row that says what it shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Column, ColumnElement, Select, delete, exists, func, select

from central.store.database import Database, StoreUnavailable, Transaction
from central.store.records import EventKind
from central.store.schema import commands, evidence, passages
from central.store.schema_kept import evidence_deletions
from contract.messages import CommandKind, Evidence

log = structlog.get_logger(__name__)
_AT_ONCE = 500
"""Pictures that are deleted in one transaction at most: others want to write too."""
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class DeletedWhy(StrEnum):
    """Why a picture was deleted."""

    TIME = "time"
    """It was kept as long as it may be."""
    QUOTA = "quota"
    """All of them together took more than they may."""


@dataclass(frozen=True, slots=True)
class DeletionRecord:
    """A picture that was deleted on purpose."""

    deletion_id: int
    sha256: str
    passage_id: UUID
    kind: str
    camera: str
    captured_at: datetime
    size_bytes: int
    deleted_at: datetime
    why: DeletedWhy


@dataclass(frozen=True, slots=True)
class Amount:
    """How many pictures, and what they take."""

    pictures: int
    size_bytes: int


class EvidenceFiles:
    """`store.evidence`."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def path(self, sha256: str) -> Path | None:
        """The JPEG with this hash; None when it is unknown, has not arrived, or another lies in its place."""
        if not _SHA256.fullmatch(sha256):
            return None
        path = self._place(sha256)
        if not path.is_file():
            return None
        if not _is_named_right(path):
            log.error("a picture is not the one that its name says; it was changed or swapped", path=str(path))
            return None
        return path

    def save(self, transaction: Transaction, *messages: Evidence) -> None:
        """Keep pictures: the files are on disk before the rows that name them can be."""
        known = {row["sha256"] for row in transaction.rows(_those(evidence.c.sha256, (m.sha256 for m in messages)))}
        new = {message.sha256: message for message in reversed(messages) if message.sha256 not in known}
        try:
            for message in messages:
                path = self._place(message.sha256)
                if message.sha256 in new or not (path.is_file() and _is_named_right(path)):
                    transaction.files.write(path, message.jpeg)
        except OSError as error:  # the disk is full or gone: nothing is wrong with the picture
            raise StoreUnavailable(f"a picture cannot be written: {error}") from error
        transaction.insert_all(evidence, [_row(message, transaction.at) for message in new.values()])
        shown = _those(passages.c.passage_id, (str(message.passage_id) for message in new.values()))
        here = {row["passage_id"] for row in transaction.rows(shown)}
        for message in new.values():
            if str(message.passage_id) in here:  # it looks different now
                transaction.event(EventKind.PASSAGE, str(message.passage_id), message.site)

    def usage_bytes(self) -> int:
        """What all pictures take."""
        row = self._database.first(select(func.sum(evidence.c.size_bytes).label("total")))
        return int(row["total"] or 0) if row else 0

    def forget(self, transaction: Transaction, *, before: datetime | None, over_bytes: int = 0) -> int:
        """Delete pictures, the oldest first, and log each: those received `before` then, or `over_bytes` at least.

        What is disputed stays. A part of them at a time; how many that were: call again until there are none.

        Raises:
            StoreUnavailable: a file cannot be deleted.

        """
        statement = select(evidence).where(~is_disputed(evidence.c.passage_id)).order_by(evidence.c.received_at)
        if before is not None:
            statement = statement.where(evidence.c.received_at < before)
        chosen: list[dict[str, Any]] = []
        freed_bytes = 0
        for row in transaction.rows(statement.limit(_AT_ONCE)):
            if before is None and freed_bytes >= over_bytes:
                break
            freed_bytes += row["size_bytes"]
            chosen.append({name: value for name, value in row.items() if name != "received_at"})
        try:
            for one in chosen:  # first, so that a power cut leaves a row too many, which comes again, and no file
                self._place(one["sha256"]).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"a picture cannot be deleted: {error}") from error
        why = DeletedWhy.TIME if before is not None else DeletedWhy.QUOTA
        transaction.insert_all(
            evidence_deletions, [{**row, "deleted_at": transaction.at, "why": why} for row in chosen]
        )
        transaction.run(delete(evidence).where(evidence.c.sha256.in_([row["sha256"] for row in chosen])))
        return len(chosen)

    def forgettable(self, *, before: datetime) -> Amount:
        """What `forget` would delete of those received `before` then; nothing is deleted."""
        counted = select(func.count().label("number"), func.sum(evidence.c.size_bytes).label("total"))
        row = self._database.first(counted.where(evidence.c.received_at < before, ~is_disputed(evidence.c.passage_id)))
        return Amount(int(row["number"]), int(row["total"] or 0)) if row else Amount(0, 0)

    def deletions(self, *, passage_id: UUID | None = None, limit: int = 100) -> tuple[DeletionRecord, ...]:
        """What was deleted, the latest first."""
        statement = select(evidence_deletions).order_by(evidence_deletions.c.deletion_id.desc()).limit(limit)
        if passage_id is not None:
            statement = statement.where(evidence_deletions.c.passage_id == str(passage_id))
        return tuple(
            DeletionRecord(**{**row, "passage_id": UUID(row["passage_id"]), "why": DeletedWhy(row["why"])})
            for row in self._database.rows(statement)
        )

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.jpg"


def is_disputed(passage_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether somebody had what is known of a passage kept, and nobody let it go since."""
    later = commands.alias()
    released = exists().where(
        later.c.passage_id == commands.c.passage_id,
        later.c.kind == CommandKind.RELEASE_EVIDENCE,
        later.c.done.is_(True),
        later.c.issued_at > commands.c.issued_at,
    )
    kept = (commands.c.kind == CommandKind.KEEP_EVIDENCE, commands.c.done.is_(True))
    return exists().where(commands.c.passage_id == passage_id, *kept, ~released)


def _is_named_right(path: Path) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() == path.stem


def _those(column: Column[Any], values: Iterable[str]) -> Select[Any]:
    return select(column).where(column.in_(list(values)))


def _row(message: Evidence, received_at: datetime) -> dict[str, Any]:
    return {
        "sha256": message.sha256,
        "passage_id": str(message.passage_id),
        "kind": message.kind,
        "camera": message.camera,
        "captured_at": message.captured_at,
        "received_at": received_at,
        "size_bytes": len(message.jpeg),
    }
