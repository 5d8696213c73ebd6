"""Outcomes: what reconciliation says now, and everything it said before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, or_, select

from central.store.database import Database, Transaction
from central.store.records import EventKind, OutcomeKind, OutcomeRecord, Reason, ReasonCode, TrafficCount
from central.store.schema import declarations, outcome_changes, outcomes, passages
from contract.messages import Direction


class Outcomes:
    """`store.outcomes`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, *, since: datetime, until: datetime, site: str | None = None) -> tuple[TrafficCount, ...]:
        """Passages first seen in the span, per site and direction; those without an outcome count as pending.

        What was cancelled is not counted.
        """
        kind = func.coalesce(outcomes.c.outcome, OutcomeKind.PENDING.value).label("kind")
        joined = passages.outerjoin(outcomes, outcomes.c.passage_id == passages.c.passage_id)
        statement = (
            select(passages.c.site, passages.c.direction, kind, func.count().label("number"))
            .select_from(joined)
            .where(passages.c.first_seen_at >= since, passages.c.first_seen_at < until, passages.c.cancelled.is_(None))
            .group_by(passages.c.site, passages.c.direction, kind)
            .order_by(passages.c.site, passages.c.direction)
        )
        if site is not None:
            statement = statement.where(passages.c.site == site)
        tallies: dict[tuple[str, Direction], Counter[OutcomeKind]] = {}
        for row in self._database.rows(statement):
            tally = tallies.setdefault((row["site"], Direction(row["direction"])), Counter())
            tally[OutcomeKind(row["kind"])] += row["number"]
        return tuple(TrafficCount(at, way, tally.total(), dict(tally)) for (at, way), tally in tallies.items())

    def of_passages(self, passage_ids: Iterable[UUID]) -> tuple[OutcomeRecord, ...]:
        """What is said of these passages; those not yet judged are left out."""
        keys = [str(passage_id) for passage_id in passage_ids]
        rows = self._database.rows(select(outcomes).where(outcomes.c.passage_id.in_(keys)))
        return tuple(filter(None, map(outcome_of, rows)))

    def revise(
        self, transaction: Transaction, decided: Iterable[OutcomeRecord], open_declarations: Iterable[str] = ()
    ) -> tuple[OutcomeRecord, ...]:
        """Write those of `decided` that say something new, and return them.

        An outcome takes its declaration away from whatever had it: what that becomes belongs into the same call.
        `open_declarations` are no no-shows (any more).
        """
        for declaration_id in open_declarations:
            _withdraw_no_show(transaction, declaration_id)
        fresh: list[tuple[OutcomeRecord, int]] = []
        for outcome in decided:
            known = outcome_of(transaction.first(select(outcomes).where(*_same_subject(outcome))))
            if known is None or _says(known) != _says(outcome):
                fresh.append((outcome, known.revision + 1 if known else 0))
        for outcome, _ in fresh:  # first take away, then give: two passages may swap declarations
            transaction.run(delete(outcomes).where(or_(*_claims(outcome))))
        for outcome, revision in fresh:
            transaction.insert(outcomes, {**_row(outcome), "revision": revision})
            transaction.insert(outcome_changes, _row(outcome))
            _tell(transaction, outcome)
        return tuple(outcome for outcome, _ in fresh)


def _withdraw_no_show(transaction: Transaction, declaration_id: str) -> None:
    where = (outcomes.c.declaration_id == declaration_id, outcomes.c.passage_id.is_(None))
    if transaction.run(delete(outcomes).where(*where)):
        place = transaction.first(select(declarations.c.gate).where(declarations.c.declaration_id == declaration_id))
        transaction.event(EventKind.OUTCOME, declaration_id, place["gate"] if place else "")


def _says(outcome: OutcomeRecord) -> tuple[OutcomeKind, tuple[Reason, ...], str | None]:
    return outcome.outcome, outcome.reasons, outcome.declaration_id


def _tell(transaction: Transaction, outcome: OutcomeRecord) -> None:
    if outcome.passage_id is not None:
        subject, place = (
            str(outcome.passage_id),
            select(passages.c.site.label("site")).where(passages.c.passage_id == str(outcome.passage_id)),
        )
    else:
        subject, place = (
            str(outcome.declaration_id),
            select(declarations.c.gate.label("site")).where(declarations.c.declaration_id == outcome.declaration_id),
        )
    row = transaction.first(place)
    if row is not None:
        transaction.event(EventKind.OUTCOME, subject, row["site"])


def _claims(outcome: OutcomeRecord) -> list[Any]:
    claims: list[Any] = []
    if outcome.passage_id is not None:
        claims.append(outcomes.c.passage_id == str(outcome.passage_id))
    if outcome.declaration_id is not None:
        claims.append(outcomes.c.declaration_id == outcome.declaration_id)
    return claims


def _same_subject(outcome: OutcomeRecord) -> tuple[Any, ...]:
    if outcome.passage_id is not None:
        return (outcomes.c.passage_id == str(outcome.passage_id),)
    return (outcomes.c.declaration_id == outcome.declaration_id, outcomes.c.passage_id.is_(None))


def _row(outcome: OutcomeRecord) -> dict[str, Any]:
    return {
        "passage_id": str(outcome.passage_id) if outcome.passage_id else None,
        "declaration_id": outcome.declaration_id,
        "outcome": outcome.outcome.value,
        "reasons": [{"code": reason.code.value, "values": dict(reason.values)} for reason in outcome.reasons],
        "score": outcome.score,
        "decided_at": outcome.decided_at,
    }


def outcome_of(row: RowMapping | None, prefix: str = "") -> OutcomeRecord | None:
    """The outcome in a row whose columns begin with `prefix`; None where there is none."""
    if row is None or row[f"{prefix}outcome"] is None:
        return None
    passage_id = row[f"{prefix}passage_id"]
    return OutcomeRecord(
        outcome=OutcomeKind(row[f"{prefix}outcome"]),
        reasons=tuple(Reason(ReasonCode(said["code"]), said["values"]) for said in row[f"{prefix}reasons"]),
        passage_id=UUID(passage_id) if passage_id else None,
        declaration_id=row[f"{prefix}declaration_id"],
        score=row[f"{prefix}score"],
        decided_at=row[f"{prefix}decided_at"],
        revision=row[f"{prefix}revision"],
    )
