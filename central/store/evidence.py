"""Pictures: one file each, named by its hash, and a row that says what it shows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Column, Select, select

from central.store.database import Database, StoreUnavailable, Transaction
from central.store.records import EventKind
from central.store.schema import evidence, passages
from contract.messages import Evidence

log = structlog.get_logger(__name__)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


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

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.jpg"


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
