"""Outcomes: what reconciliation says now, and everything it said before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, RowMapping, and_, delete, func, insert, select

from central.store.database import Database, Transaction
from central.store.outcome_records import DeclarationCandidate, OutcomeKind, OutcomeRecord, Reason, ReasonCode
from central.store.records import EventKind, TrafficCount
from central.store.schema import declarations, outcome_changes, outcomes, passages
from contract.messages import Direction

_MOST_VALUES = 500


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

    def history_of_passage(self, passage_id: UUID) -> tuple[OutcomeRecord, ...]:
        """Everything that was said of a passage, the oldest first."""
        return self._history(outcome_changes.c.passage_id == str(passage_id))

    def history_of_declaration(self, declaration_id: str) -> tuple[OutcomeRecord, ...]:
        """Everything that was said of a declaration, also while it had other passages, the oldest first."""
        return self._history(outcome_changes.c.declaration_id == declaration_id)

    def _history(self, which: ColumnElement[bool]) -> tuple[OutcomeRecord, ...]:
        statement = select(outcome_changes).where(which).order_by(outcome_changes.c.change_id)
        rows = self._database.rows(statement)
        return tuple(_outcome(row, revision) for revision, row in enumerate(rows))

    def revise(
        self, transaction: Transaction, decided: Iterable[OutcomeRecord], open_declarations: Iterable[str] = ()
    ) -> tuple[OutcomeRecord, ...]:
        """Write those of `decided` that say something new, and return them.

        An outcome takes its declaration away from whatever had it: what that becomes belongs into the same call.
        `open_declarations` are no no-shows (any more).
        """
        for declaration_id in open_declarations:
            _withdraw_no_show(transaction, declaration_id)
        decided = tuple(decided)
        known = _known(transaction, decided)
        fresh: list[tuple[OutcomeRecord, int]] = []
        for outcome in decided:
            before = known.get(_subject(outcome))
            if before is None or _says(before) != _says(outcome):
                fresh.append((outcome, before.revision + 1 if before else 0))
        new = tuple(outcome for outcome, _ in fresh)
        passage_ids, declaration_ids = (
            _passage_ids(new),
            [o.declaration_id for o in new if o.declaration_id is not None],
        )
        # first take away, then give: two passages may swap declarations
        for condition in (*_among(outcomes.c.passage_id, passage_ids), *_among(_DECLARATION, declaration_ids)):
            transaction.run(delete(outcomes).where(condition))
        if fresh:
            transaction.run(insert(outcomes), [{**_row(outcome), "revision": revision} for outcome, revision in fresh])
            transaction.run(insert(outcome_changes), [_row(outcome) for outcome in new])
        _tell(transaction, new)
        return new


_DECLARATION = outcomes.c.declaration_id
_Subject = tuple[str | None, str | None]


def _subject(outcome: OutcomeRecord) -> _Subject:
    """Passage, or declaration of a no-show: of each there is one outcome at most."""
    return (str(outcome.passage_id), None) if outcome.passage_id is not None else (None, outcome.declaration_id)


def _known(transaction: Transaction, decided: Sequence[OutcomeRecord]) -> dict[_Subject, OutcomeRecord]:
    """What is said so far."""
    no_shows = [o.declaration_id for o in decided if o.passage_id is None and o.declaration_id is not None]
    wanted = (
        *_among(outcomes.c.passage_id, _passage_ids(decided)),
        *(and_(some, outcomes.c.passage_id.is_(None)) for some in _among(_DECLARATION, no_shows)),
    )
    rows = (row for condition in wanted for row in transaction.rows(select(outcomes).where(condition)))
    return {_subject(outcome): outcome for outcome in map(outcome_of, rows) if outcome is not None}


def _passage_ids(said: Iterable[OutcomeRecord]) -> list[str]:
    return [str(outcome.passage_id) for outcome in said if outcome.passage_id is not None]


def _among(column: Column[Any], values: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """Conditions that cover all values; databases bound the number of parameters."""
    return (column.in_(values[start : start + _MOST_VALUES]) for start in range(0, len(values), _MOST_VALUES))


def _withdraw_no_show(transaction: Transaction, declaration_id: str) -> None:
    where = (outcomes.c.declaration_id == declaration_id, outcomes.c.passage_id.is_(None))
    if transaction.run(delete(outcomes).where(*where)):
        place = transaction.first(select(declarations.c.gate).where(declarations.c.declaration_id == declaration_id))
        transaction.event(EventKind.OUTCOME, declaration_id, place["gate"] if place else "")


def _says(outcome: OutcomeRecord) -> tuple[object, ...]:
    """What makes an outcome news; a thousandth of probability does not."""
    return outcome.outcome, outcome.reasons, outcome.declaration_id, outcome.candidates, round(outcome.score, 2)


def _tell(transaction: Transaction, new: Sequence[OutcomeRecord]) -> None:
    """Tell readers, where the place is known."""
    missed = [o.declaration_id for o in new if o.passage_id is None and o.declaration_id is not None]
    key, site = passages.c.passage_id.label("subject"), passages.c.site.label("site")
    number, gate = declarations.c.declaration_id.label("subject"), declarations.c.gate.label("site")
    wanted = (
        *(select(key, site).where(some) for some in _among(passages.c.passage_id, _passage_ids(new))),
        *(select(number, gate).where(some) for some in _among(declarations.c.declaration_id, missed)),
    )
    for row in (row for statement in wanted for row in transaction.rows(statement)):
        transaction.event(EventKind.OUTCOME, row["subject"], row["site"])


def _row(outcome: OutcomeRecord) -> dict[str, Any]:
    return {
        "passage_id": str(outcome.passage_id) if outcome.passage_id else None,
        "declaration_id": outcome.declaration_id,
        "outcome": outcome.outcome.value,
        "reasons": [{"code": reason.code.value, "values": dict(reason.values)} for reason in outcome.reasons],
        "score": outcome.score,
        "candidates": [[one.declaration_id, one.probability] for one in outcome.candidates],
        "decided_at": outcome.decided_at,
    }


def outcome_of(row: RowMapping | None, prefix: str = "") -> OutcomeRecord | None:
    """The outcome in a row whose columns begin with `prefix`; None where there is none."""
    if row is None or row[f"{prefix}outcome"] is None:
        return None
    return _outcome(row, row[f"{prefix}revision"], prefix)


def _outcome(row: RowMapping, revision: int, prefix: str = "") -> OutcomeRecord:
    passage_id = row[f"{prefix}passage_id"]
    return OutcomeRecord(
        outcome=OutcomeKind(row[f"{prefix}outcome"]),
        reasons=tuple(Reason(ReasonCode(said["code"]), said["values"]) for said in row[f"{prefix}reasons"]),
        passage_id=UUID(passage_id) if passage_id else None,
        declaration_id=row[f"{prefix}declaration_id"],
        score=row[f"{prefix}score"],
        decided_at=row[f"{prefix}decided_at"],
        revision=revision,
        candidates=tuple(DeclarationCandidate(key, p) for key, p in row[f"{prefix}candidates"] or ()),
    )
