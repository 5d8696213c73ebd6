"""Evidence sheets: what was printed of a passage, as it was printed, for whoever holds the paper later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, RowMapping, func, select, update

from central.store.database import Database, StoreUnavailable, Transaction
from central.store.evidence import is_disputed
from central.store.schema_sheets import evidence_sheets

log = structlog.get_logger(__name__)
SHORTEST_CODE: Final = 12
"""Signs of a hash that a person must type for it to mean one sheet: a guess hits none of a million."""


@dataclass(frozen=True, slots=True)
class SheetRecord:
    """A sheet that was handed out: `facts` is all that stands on it, `sha256` the hash of exactly that text."""

    sha256: str
    passage_id: UUID
    facts: str
    pdf_sha256: str
    printed_by: str
    printed_at: datetime

    @property
    def told(self) -> Mapping[str, Any]:
        """The facts by their names."""
        told: Mapping[str, Any] = json.loads(self.facts)
        return told

    @property
    def is_whole(self) -> bool:
        """Whether the facts are still those that were hashed."""
        return hash_of(self.facts.encode()) == self.sha256

    @property
    def is_deleted(self) -> bool:
        """Whether it was kept as long as sheets are kept; that it was printed stays known."""
        return not self.facts


class Sheets:
    """`store.sheets`. Nothing of it is ever changed; what stands on a sheet is deleted when it has been kept long."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def add(self, transaction: Transaction, sheet: SheetRecord, pdf: bytes) -> None:
        """Keep a sheet and the paper that was made of it.

        Raises:
            StoreUnavailable: the paper cannot be written.

        """
        try:
            transaction.files.write(self._place(sheet.sha256), pdf)
        except OSError as error:
            raise StoreUnavailable(f"a sheet cannot be written: {error}") from error
        values = {name: getattr(sheet, name) for name in SheetRecord.__slots__}
        transaction.insert(evidence_sheets, values | {"passage_id": str(sheet.passage_id)})

    def get(self, sha256: str) -> SheetRecord | None:
        """The sheet with this hash."""
        return self._one(evidence_sheets.c.sha256 == sha256)

    def by_code(self, code: str) -> SheetRecord | None:
        """The sheet whose hash begins so, as a person types it off a paper; None unless it is one alone."""
        plain = "".join(code.split()).replace("-", "").lower()
        if len(plain) < SHORTEST_CODE or set(plain) - set("0123456789abcdef"):
            return None
        hashes = evidence_sheets.c.sha256
        rows = self._database.rows(select(evidence_sheets).where(hashes >= plain, hashes < f"{plain}g").limit(2))
        return _record(rows[0]) if len(rows) == 1 else None

    def by_paper(self, pdf: bytes) -> SheetRecord | None:
        """The sheet that this file is, to the last bit."""
        return self._one(evidence_sheets.c.pdf_sha256 == hash_of(pdf))

    def of_passage(self, passage_id: UUID) -> tuple[SheetRecord, ...]:
        """All of one passage, the oldest first."""
        which = evidence_sheets.c.passage_id == str(passage_id)
        statement = select(evidence_sheets).where(which).order_by(evidence_sheets.c.sheet_id)
        return tuple(_record(row) for row in self._database.rows(statement))

    def pdf(self, sheet: SheetRecord) -> bytes | None:
        """The paper; None when its file is gone or was changed."""
        if sheet.is_deleted:
            return None
        path = self._place(sheet.sha256)
        content = path.read_bytes() if path.is_file() else b""
        if hash_of(content) != sheet.pdf_sha256:
            log.error("the paper of a sheet is gone or was changed", path=str(path))
            return None
        return content

    def forgettable(self, before: datetime) -> int:
        """How many `forget` would delete in the end; nothing is deleted."""
        row = self._database.first(select(func.count().label("number")).where(*_is_forgettable(before)))
        return int(row["number"]) if row else 0

    def forget(self, transaction: Transaction, before: datetime, limit: int = 200) -> tuple[SheetRecord, ...]:
        """Delete what stands on sheets printed before then, and their papers, but for those of disputed passages.

        That they were printed, of what and by whom, stays. Some at a time: call it until it returns none.

        Returns:
            Those that were deleted, as they were.

        Raises:
            StoreUnavailable: a file cannot be deleted.

        """
        chosen = select(evidence_sheets).where(*_is_forgettable(before)).order_by(evidence_sheets.c.sheet_id)
        found = tuple(_record(row) for row in transaction.rows(chosen.limit(limit)))
        try:
            for one in found:
                self._place(one.sha256).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"a sheet cannot be deleted: {error}") from error
        these = evidence_sheets.c.sha256.in_([one.sha256 for one in found])
        transaction.run(update(evidence_sheets).where(these).values(facts=""))
        return found

    def _one(self, which: ColumnElement[bool]) -> SheetRecord | None:
        row = self._database.first(select(evidence_sheets).where(which))
        return _record(row) if row else None

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.pdf"


def _is_forgettable(before: datetime) -> tuple[ColumnElement[bool], ...]:
    sheets = evidence_sheets.c
    return sheets.printed_at < before, sheets.facts != "", ~is_disputed(sheets.passage_id)


def hash_of(content: bytes) -> str:
    """SHA-256, as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _record(row: RowMapping) -> SheetRecord:
    values = {name: row[name] for name in SheetRecord.__slots__}
    return SheetRecord(**{**values, "passage_id": UUID(row["passage_id"])})
