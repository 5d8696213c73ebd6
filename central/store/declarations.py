"""Declarations: the highest version of each, and every version as it came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, and_, or_, select

from central.store.database import Database, Transaction
from central.store.declaration_details import details_of, from_details
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind
from central.store.outcomes import outcome_of
from central.store.paging import next_cursor, page_after, search_parts, search_text
from central.store.records import EventKind, Page
from central.store.schema import declaration_versions, declarations, outcomes
from contract.messages import Direction
from contract.plate import typed_forms

_COLUMNS = [column.name for column in declarations.c if column.name not in {"plate_search", "details"}]
_OUTCOME = [column.label(f"outcome_{column.name}") for column in outcomes.c]


class Declarations:
    """`store.declarations`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self,
        *,
        gate: str | None = None,
        direction: Direction | None = None,
        outcome: OutcomeKind | None = None,
        state: DeclarationState | None = None,
        plate_part: str | None = None,
        plate: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[DeclarationRecord]:
        """Latest window first; `since` ≤ start of the window < `until`; `plate_part` as a person types it.

        `plate`: a whole plate, however it was typed.
        """
        wanted = [
            plate is None
            or declarations.c.plate_search.in_(sorted({search_text(form) for form in typed_forms(plate)})),
            gate is None or declarations.c.gate == gate,
            direction is None or declarations.c.direction == direction,
            outcome is None or outcomes.c.outcome == outcome,
            state is None or declarations.c.state == state,
            since is None or declarations.c.expected_from >= since,
            until is None or declarations.c.expected_from < until,
        ]
        statement = _select().where(*(condition for condition in wanted if condition is not True))
        if plate_part:
            parts = search_parts(plate_part)
            statement = statement.where(
                or_(*(declarations.c.plate_search.contains(part, autoescape=True) for part in parts))
            )
        statement = page_after(statement, declarations.c.expected_from, declarations.c.declaration_id, cursor, limit)
        rows = self._database.rows(statement)
        return Page(
            tuple(_record(row) for row in rows[:limit]), next_cursor(rows, "expected_from", "declaration_id", limit)
        )

    def get(self, declaration_id: str) -> DeclarationRecord | None:
        """One declaration, if it is known."""
        row = self._database.first(_select().where(declarations.c.declaration_id == declaration_id))
        return _record(row) if row else None

    def present(self, transaction: Transaction, declaration_id: str) -> DeclarationRecord | None:
        """One declaration as this transaction sees it."""
        row = transaction.first(_select().where(declarations.c.declaration_id == declaration_id))
        return _record(row) if row else None

    def expected_since(self, since: datetime) -> tuple[DeclarationRecord, ...]:
        """All whose window ends after `since`, also cancelled ones: what reconciliation works on."""
        rows = self._database.rows(_select().where(declarations.c.expected_until >= since))
        return tuple(_record(row) for row in rows)

    def expected_between(
        self, since: datetime, until: datetime, *, gate: str | None = None
    ) -> tuple[DeclarationRecord, ...]:
        """All whose window touches the span, also cancelled ones, first window first."""
        statement = _select().where(declarations.c.expected_until >= since, declarations.c.expected_from <= until)
        if gate is not None:
            statement = statement.where(declarations.c.gate == gate)
        statement = statement.order_by(declarations.c.expected_from, declarations.c.declaration_id)
        return tuple(_record(row) for row in self._database.rows(statement))

    def save(self, transaction: Transaction, declaration: DeclarationRecord, *, payload: str) -> bool:
        """Keep a version; it becomes the present one unless a higher one is here. Whether it was new."""
        key = declaration.declaration_id
        if not transaction.insert_new(
            declaration_versions,
            {
                "declaration_id": key,
                "version": declaration.version,
                "received_at": transaction.at,
                "payload": payload,
            },
        ):
            return False
        known = transaction.first(
            select(declarations.c.version, declarations.c.received_at).where(declarations.c.declaration_id == key)
        )
        if known is not None and known["version"] > declaration.version:
            return True
        values: dict[str, Any] = {name: getattr(declaration, name) for name in _COLUMNS if name != "received_at"}
        values["details"] = details_of(declaration)
        values["plate_search"] = search_text(declaration.plate)
        values["received_at"] = known["received_at"] if known else transaction.at
        transaction.upsert(declarations, values)
        transaction.event(EventKind.DECLARATION, key, declaration.gate)
        return True


def _select() -> Select[Any]:
    joined = declarations.outerjoin(outcomes, and_(outcomes.c.declaration_id == declarations.c.declaration_id))
    return select(declarations, *_OUTCOME).select_from(joined)


def _record(row: RowMapping) -> DeclarationRecord:
    values = {name: row[name] for name in _COLUMNS}
    values["state"] = DeclarationState(row["state"])
    values["direction"] = Direction(row["direction"])
    return DeclarationRecord(**values, **from_details(row["details"]), outcome=outcome_of(row, "outcome_"))
