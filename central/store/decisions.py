"""Decisions of people: all that were made, the one of each passage that counts now, and what waits for one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, func, insert, literal, or_, select

from central.store.database import Database, Transaction
from central.store.decision_records import Decided, DecisionKind, DecisionRecord, ReadCheck, Waiting
from central.store.outcome_records import OutcomeKind
from central.store.records import EventKind
from central.store.schema import outcomes, passages
from central.store.schema_decisions import decided, decisions

NEEDS_PERSON: Final = tuple(
    kind
    for kind in OutcomeKind
    if kind not in (OutcomeKind.MATCHED, OutcomeKind.PENDING, OutcomeKind.CANCELLED, OutcomeKind.NO_SHOW)
)
"""What a passage is said to be that a person should look at."""
_CHECKS: Final = (DecisionKind.CONFIRM, DecisionKind.CORRECT, DecisionKind.UNREADABLE)
"""What says whether a read was right."""
_COUNTED: Final = 1000
_STATE: Final = ("number", "kind", "plate", "declaration_id", "by", "at", "covers")


class Decisions:
    """`store.decisions`. What may be decided is known to `central.decisions`; here it is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_passage(self, passage_id: UUID) -> tuple[DecisionRecord, ...]:
        """All that was decided of a passage, the oldest first."""
        with self._database.reading() as reading:
            return self.present(reading, passage_id)

    def present(self, transaction: Transaction, passage_id: UUID) -> tuple[DecisionRecord, ...]:
        """The same as this transaction sees it."""
        statement = select(decisions).where(decisions.c.passage_id == str(passage_id)).order_by(decisions.c.number)
        return tuple(map(_record, transaction.rows(statement)))

    def given_to(self, transaction: Transaction, declaration_id: str) -> UUID | None:
        """The passage that a person gave a declaration to."""
        row = transaction.first(select(decided.c.passage_id).where(decided.c.declaration_id == declaration_id))
        return UUID(row["passage_id"]) if row else None

    def add(self, transaction: Transaction, record: DecisionRecord, counts: DecisionRecord | None) -> None:
        """Keep a decision; `counts` is the one that counts after it, itself or (undone) an earlier one."""
        transaction.run(insert(decisions), [_row(record)])
        state = dict.fromkeys(_STATE) if counts is None else {name: _row(counts)[name] for name in _STATE}
        transaction.upsert(decided, {"passage_id": str(record.passage_id), "version": record.number, **state})
        transaction.event(EventKind.PASSAGE, str(record.passage_id), record.site)

    def without_vehicle(self, since: datetime) -> Mapping[str, tuple[str, datetime]]:
        """Passages in which a person saw no vehicle, said since then and not taken back: who, and when."""
        chosen = select(decided.c.passage_id, decided.c.by, decided.c.at)
        wanted = (decided.c.kind == DecisionKind.NO_VEHICLE.value, decided.c.at >= since)
        return {row["passage_id"]: (row["by"], row["at"]) for row in self._database.rows(chosen.where(*wanted))}

    def waiting(self, since: datetime, *, site: str | None = None, limit: int = 2000) -> tuple[Waiting, ...]:
        """Passages whose outcome was found since then and waits for a person; those found last where they are many."""
        names = ("passage_id", "outcome", "score", "candidates", "reasons")
        statement = select(*(outcomes.c[name] for name in names), passages.c.site, passages.c.first_seen_at)
        statement = statement.select_from(_waiting().join(passages, passages.c.passage_id == outcomes.c.passage_id))
        statement = statement.where(_open(since))
        if site is not None:
            statement = statement.where(passages.c.site == site)
        rows = self._database.rows(statement.order_by(outcomes.c.decided_at.desc()).limit(limit))
        return tuple(
            Waiting(
                UUID(row["passage_id"]),
                row["site"],
                row["first_seen_at"],
                OutcomeKind(row["outcome"]),
                row["score"],
                tuple(probability for _, probability in row["candidates"] or ()),
                frozenset(reason["code"] for reason in row["reasons"]),
            )
            for row in rows
        )

    def waiting_count(self, since: datetime) -> int:
        """How many wait; a thousand stands for any more."""
        some = select(outcomes.c.outcome_id).select_from(_waiting()).where(_open(since)).limit(_COUNTED).subquery()
        row = self._database.first(select(func.count().label("number")).select_from(some))
        return int(row["number"]) if row else 0

    def read_checks(self, since: datetime, until: datetime) -> tuple[ReadCheck, ...]:
        """Reads seen in the span that a person checked, by the decisions that count, first seen first."""
        this = and_(decided.c.passage_id == decisions.c.passage_id, decided.c.number == decisions.c.number)
        columns = ("site", "lane", "camera", "seen_at", "read", "kind", "plate")
        statement = (
            select(*(decisions.c[name] for name in columns))
            .select_from(decisions.join(decided, this))
            .where(decisions.c.kind.in_(_CHECKS), decisions.c.seen_at >= since, decisions.c.seen_at < until)
            .order_by(decisions.c.seen_at, decisions.c.decision_id)
        )
        right = {DecisionKind.CONFIRM: "read", DecisionKind.CORRECT: "plate"}
        return tuple(
            ReadCheck(
                row["site"],
                row["lane"],
                row["camera"],
                row["seen_at"],
                row["read"],
                row[right[kind]] if (kind := DecisionKind(row["kind"])) in right else None,
            )
            for row in self._database.rows(statement)
        )


def _waiting() -> Any:  # noqa: ANN401 - SQLAlchemy's join, whose type says nothing
    return outcomes.outerjoin(decided, decided.c.passage_id == outcomes.c.passage_id)


def _open(since: datetime) -> ColumnElement[bool]:
    """Nobody has decided, or something was found since that the decision does not cover."""
    news = and_(
        outcomes.c.decided_at > decided.c.at,
        ~decided.c.covers.like(literal("%,") + outcomes.c.outcome + literal(",%")),
    )
    kinds = [kind.value for kind in NEEDS_PERSON]
    return and_(
        outcomes.c.outcome.in_(kinds),
        outcomes.c.decided_at >= since,
        outcomes.c.passage_id.is_not(None),
        or_(decided.c.number.is_(None), news),
    )


def _row(record: DecisionRecord) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in DecisionRecord.__slots__}
    return values | {
        "passage_id": str(record.passage_id),
        "kind": record.kind.value,
        "said": record.said.value if record.said else None,
        "covers": "".join(f",{kind.value}" for kind in sorted(record.covers)) + ",",
    }


def _record(row: RowMapping) -> DecisionRecord:
    values = {name: row[name] for name in DecisionRecord.__slots__}
    return DecisionRecord(
        **values
        | {
            "passage_id": UUID(row["passage_id"]),
            "kind": DecisionKind(row["kind"]),
            "said": OutcomeKind(row["said"]) if row["said"] else None,
            "covers": frozenset(OutcomeKind(kind) for kind in row["covers"].split(",") if kind),
        }
    )


def decided_of(row: Mapping[str, Any] | RowMapping, prefix: str = "") -> Decided | None:
    """The decision that counts, in a row whose columns begin with `prefix`; None where there is none."""
    if row[f"{prefix}kind"] is None:
        return None
    return Decided(
        number=row[f"{prefix}number"],
        kind=DecisionKind(row[f"{prefix}kind"]),
        by=row[f"{prefix}by"],
        at=row[f"{prefix}at"],
        plate=row[f"{prefix}plate"],
        declaration_id=row[f"{prefix}declaration_id"],
    )
