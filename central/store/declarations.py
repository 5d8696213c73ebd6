"""Declarations: the highest version of each, and every version as it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, RowMapping, Select, and_, exists, func, or_, select

from central.store.database import Database, Transaction
from central.store.declaration_details import details_of, from_details
from central.store.declaration_records import DeclarationRecord, DeclarationState
from central.store.outcome_records import OutcomeKind
from central.store.outcomes import outcome_of
from central.store.paging import behind, check_limit, cursor_behind, next_cursor, not_behind, search_parts, search_text
from central.store.records import EventKind, FoundPage
from central.store.schema import declaration_versions, declarations, outcomes
from contract.messages import Direction
from contract.plate import typed_forms

LOOKED_AT: Final = 100_000
"""Declarations that one answer looks at, where no index tells which of them fit; some 30 ms."""
LOOKED_AT_WITH_OUTCOME: Final = 5_000
"""The same where each one's outcome has to be looked up."""
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
    ) -> FoundPage[DeclarationRecord]:
        """Latest window first; `since` ≤ start of the window < `until`; `plate_part` as a person types it.

        `plate`: a whole plate, however it was typed. Where no index tells which fit, the search says how far it looked.

        Raises:
            StoreError: the cursor is none of ours, or `limit` is out of range.

        """
        check_limit(limit)
        column = declarations.c
        indexed = [
            plate is None or column.plate_search.in_(sorted({search_text(form) for form in typed_forms(plate)})),
            since is None or column.expected_from >= since,
            until is None or column.expected_from < until,
        ]
        own = [
            gate is None or column.gate == gate,
            direction is None or column.direction == direction,
            state is None or column.state == state,
            not plate_part or _has_part(plate_part),
        ]
        with self._database.reading() as reading:
            near = behind(select(*_PLACE).where(*_conditions(indexed)), *_PLACE, cursor).order_by(*_NEWEST)
            rows, end = _look(reading, near, _conditions(own), outcome, limit, is_few=plate is not None)
            keys = [row["declaration_id"] for row in rows[:limit]]
            found = reading.rows(_select().where(reading.among(column.declaration_id, keys)).order_by(*_NEWEST))
        items = tuple(map(_record, found))
        if len(rows) > limit or end is None:
            return FoundPage(items, next_cursor(rows, "expected_from", "declaration_id", limit))
        return FoundPage(items, cursor_behind(end["expected_from"], end["declaration_id"]), end["expected_from"])

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


_PLACE = (declarations.c.expected_from, declarations.c.declaration_id)
_NEWEST = tuple(column.desc() for column in _PLACE)


def _has_part(typed: str) -> ColumnElement[bool]:
    column = declarations.c.plate_search
    return or_(*(column.contains(part, autoescape=True) for part in search_parts(typed)))


def _conditions(wanted: Iterable[ColumnElement[bool] | bool]) -> list[ColumnElement[bool]]:
    return [condition for condition in wanted if not isinstance(condition, bool)]


def _look(
    reading: Transaction,
    near: Select[Any],
    own: Sequence[ColumnElement[bool]],
    outcome: OutcomeKind | None,
    limit: int,
    *,
    is_few: bool,
) -> tuple[Sequence[RowMapping], RowMapping | None]:
    """Places of declarations that fit, one more than `limit`; and the last that was looked at, if there may be more."""
    if outcome is not None:
        having = select(outcomes.c.declaration_id).where(outcomes.c.outcome == outcome, outcomes.c.declaration_id != "")
        few = [row["declaration_id"] for row in reading.rows(having.limit(LOOKED_AT_WITH_OUTCOME + 1))]
        if len(few) <= LOOKED_AT_WITH_OUTCOME:
            # sorted here: the database would rather walk through all declarations in their order
            rows = reading.rows(near.where(*own, reading.among(declarations.c.declaration_id, few)).order_by(None))
            return sorted(rows, key=lambda row: tuple(row.values()), reverse=True)[: limit + 1], None
    if is_few or (outcome is None and not own):
        end = None
    else:
        end = reading.first(near.offset((LOOKED_AT if outcome is None else LOOKED_AT_WITH_OUTCOME) - 1).limit(1))
    wanted = near.where(*own)
    if end is not None:
        wanted = wanted.where(not_behind(*_PLACE, end))
    if outcome is not None:
        # not the column itself: the database would begin with all that have this outcome, however many these are
        has = func.coalesce(outcomes.c.outcome, "") == outcome.value
        wanted = wanted.where(exists().where(outcomes.c.declaration_id == declarations.c.declaration_id, has))
    rows = reading.rows(wanted.limit(limit + 1))
    return rows, end if len(rows) <= limit else None


def _select() -> Select[Any]:
    joined = declarations.outerjoin(outcomes, and_(outcomes.c.declaration_id == declarations.c.declaration_id))
    return select(declarations, *_OUTCOME).select_from(joined)


def _record(row: RowMapping) -> DeclarationRecord:
    values = {name: row[name] for name in _COLUMNS}
    values["state"] = DeclarationState(row["state"])
    values["direction"] = Direction(row["direction"])
    return DeclarationRecord(**values, **from_details(row["details"]), outcome=outcome_of(row, "outcome_"))
