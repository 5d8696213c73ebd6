"""Plates that people corrected: beside what was read, with who, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, insert, select

from central.store.database import Database, Transaction
from central.store.schema_corrections import plate_corrections
from central.store.schema_decisions import decisions

_LEARNT_FROM = 20_000
"""The newest corrections that are learnt from: readers change."""


@dataclass(frozen=True, slots=True)
class CorrectionRecord:
    """What stood on a plate, as a person saw it in the picture; `read` is what the camera made of it.

    Both are normalised. A person who finds the read right corrects nothing, and that is worth as much.
    """

    passage_id: UUID
    read: str
    corrected: str
    corrected_by: str
    corrected_at: datetime
    why: str = ""
    number: int | None = None
    """Of the decision that it belongs to; it teaches nothing any more when that is taken back."""


class Corrections:
    """`store.corrections`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Transaction, correction: CorrectionRecord) -> None:
        """Keep a correction; an earlier one of the same passage stays."""
        values = {name: getattr(correction, name) for name in CorrectionRecord.__slots__}
        transaction.run(insert(plate_corrections), [{**values, "passage_id": str(correction.passage_id)}])

    def of_passage(self, passage_id: UUID) -> tuple[CorrectionRecord, ...]:
        """All of one passage, the oldest first."""
        table = plate_corrections
        statement = select(table).where(table.c.passage_id == str(passage_id)).order_by(table.c.correction_id)
        return tuple(
            CorrectionRecord(
                passage_id=UUID(row["passage_id"]),
                read=row["read"],
                corrected=row["corrected"],
                corrected_by=row["corrected_by"],
                corrected_at=row["corrected_at"],
                why=row["why"],
                number=row["number"],
            )
            for row in self._database.rows(statement)
        )

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """(read, corrected) of the newest corrections that still count: what reconciliation learns from."""
        table, later = plate_corrections, decisions
        taken_back = exists().where(later.c.passage_id == table.c.passage_id, later.c.undoes == table.c.number)
        statement = select(table.c.read, table.c.corrected).where(~taken_back)
        statement = statement.order_by(table.c.correction_id.desc()).limit(_LEARNT_FROM)
        return tuple((row["read"], row["corrected"]) for row in self._database.rows(statement))
