"""What people say of yards and roads; the level of surge, the plans it followed, and what of its playbook is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import RowMapping, select, update

from central.store.database import Database, Transaction
from central.store.records import EventKind
from central.store.schema_traffic import (
    statements,
    surge_changes,
    surge_plans,
    surge_states,
    surge_ticks,
    yard_counts,
)
from central.store.traffic_records import (
    KeptChange,
    KeptPlan,
    KeptSurge,
    Statement,
    StatementKind,
    Tick,
    YardCount,
)

_PROVINCE: Final = "province"
_SUBJECT: Final = "surge"


class Surge:
    """`store.surge`. What was said, seen or done is never deleted: it is withdrawn, ended or undone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tell(self, transaction: Transaction) -> None:
        """Have open pages look again."""
        transaction.event(EventKind.TRAFFIC, _SUBJECT, "")

    def lock(self, transaction: Transaction) -> None:
        """One program at a time; call it first in a transaction."""
        transaction.lock([_SUBJECT])

    # what people count and say

    def add_count(
        self, transaction: Transaction, site: str, vehicles: int, *, at: datetime, actor: str, note: str = ""
    ) -> int:
        """Keep a count of the yards of a gate; its number."""
        said = {"site": site, "at": at, "vehicles": vehicles, "note": note, "said_by": actor}
        number = transaction.insert(yard_counts, said | {"said_at": transaction.at, "withdrawn_by": ""})
        self.tell(transaction)
        return number

    def withdraw_count(self, transaction: Transaction, count_id: int, *, actor: str) -> bool:
        """It was wrong: it counts no more. False when there is none, or it was withdrawn before."""
        column = yard_counts.c
        values = {"withdrawn_at": transaction.at, "withdrawn_by": actor}
        chosen = update(yard_counts).where(column.count_id == count_id, column.withdrawn_at.is_(None))
        done = transaction.run(chosen.values(values)) > 0
        if done:
            self.tell(transaction)
        return done

    def counts(self, site: str, *, since: datetime | None = None, limit: int = 20) -> tuple[YardCount, ...]:
        """Counts of the yards of a gate that are made since then, the latest first; also withdrawn ones."""
        statement = select(yard_counts).where(yard_counts.c.site == site)
        if since is not None:
            statement = statement.where(yard_counts.c.at >= since)
        statement = statement.order_by(yard_counts.c.at.desc(), yard_counts.c.count_id.desc()).limit(limit)
        return tuple(YardCount(**row) for row in self._database.rows(statement))

    def counts_before(self, site: str, until: datetime, limit: int) -> tuple[YardCount, ...]:
        """The latest counts up to a moment that were not withdrawn, the latest first."""
        column = yard_counts.c
        statement = select(yard_counts).where(column.site == site, column.at <= until, column.withdrawn_at.is_(None))
        rows = self._database.rows(statement.order_by(column.at.desc(), column.count_id.desc()).limit(limit))
        return tuple(YardCount(**row) for row in rows)

    def counted_sites(self) -> tuple[str, ...]:
        """Gates whose yards somebody ever counted."""
        return tuple(row["site"] for row in self._database.rows(select(yard_counts.c.site).distinct()))

    def say(self, transaction: Transaction, kind: StatementKind, *, until: datetime, actor: str, note: str = "") -> int:
        """Keep what a person says holds from now until then; its number."""
        said = {"kind": kind.value, "until": until, "note": note, "said_by": actor, "said_at": transaction.at}
        number = transaction.insert(statements, said | {"ended_by": "", "was_mistake": False})
        self.tell(transaction)
        return number

    def end_statement(
        self, transaction: Transaction, statement_id: int, *, actor: str, was_mistake: bool = False
    ) -> bool:
        """It holds no more, or never did. False when there is none, or it was over."""
        column = statements.c
        values = {"ended_at": transaction.at, "ended_by": actor, "was_mistake": was_mistake}
        chosen = update(statements).where(
            column.statement_id == statement_id, column.ended_at.is_(None), column.until > transaction.at
        )
        done = transaction.run(chosen.values(values)) > 0
        if done:
            self.tell(transaction)
        return done

    def statements(self, *, ending_after: datetime, limit: int = 50) -> tuple[Statement, ...]:
        """What people said that was to hold until after then, the latest first; also what was ended before."""
        column = statements.c
        statement = select(statements).where(column.until > ending_after)
        rows = self._database.rows(statement.order_by(column.statement_id.desc()).limit(limit))
        return tuple(Statement(**{**row, "kind": StatementKind(row["kind"])}) for row in rows)

    # the level

    def state(self, transaction: Transaction | None = None) -> KeptSurge | None:
        """The level as it was weighed last; None before the first time."""
        statement = select(surge_states).where(surge_states.c.name == _PROVINCE)
        row = self._database.first(statement) if transaction is None else transaction.first(statement)
        if row is None:
            return None
        values = {name: value for name, value in row.items() if name != "name"}
        return KeptSurge(**values | {"held_by": tuple(row["held_by"])})

    def keep_state(self, transaction: Transaction, state: KeptSurge) -> None:
        """The level as it is weighed now; pages look again where a figure changed."""
        before = self.state(transaction)
        row = asdict(state) | {"name": _PROVINCE, "held_by": list(state.held_by)}
        transaction.upsert(surge_states, row)
        if before is None or _shown(before) != _shown(state):
            self.tell(transaction)

    def add_change(self, transaction: Transaction, change: KeptChange) -> None:
        """The level changed."""
        transaction.insert(surge_changes, asdict(change) | {"called_by": list(change.called_by)})

    def changes(self, *, limit: int = 50) -> tuple[KeptChange, ...]:
        """How the level changed, the latest first."""
        order = surge_changes.c.change_id.desc()
        rows = self._database.rows(select(surge_changes).order_by(order).limit(limit))
        return tuple(_change(row) for row in rows)

    # plans and playbooks

    def keep_plan(self, transaction: Transaction, plan: KeptPlan) -> bool:
        """Keep a plan as it is; whether it was new."""
        return transaction.insert_new(surge_plans, asdict(plan))

    def plans(self) -> tuple[KeptPlan, ...]:
        """Every plan that ever applied, or was brought in, the highest version first."""
        statement = select(surge_plans).order_by(surge_plans.c.version.desc(), surge_plans.c.kept_at.desc())
        return tuple(KeptPlan(**row) for row in self._database.rows(statement))

    def plan_for(self, day: date, above_version: int) -> KeptPlan | None:
        """The plan with the highest version above one that people brought in and whose day has come."""
        column = surge_plans.c
        chosen = (column.version > above_version, column.valid_from <= day, column.kept_by != "")
        row = self._database.first(select(surge_plans).where(*chosen).order_by(column.version.desc()).limit(1))
        return KeptPlan(**row) if row else None

    def tick(
        self, transaction: Transaction, level: int, level_since: datetime, fingerprint: str, action: int, *, actor: str
    ) -> bool:
        """Somebody says that an action of the playbook is done. False when that was said before."""
        if any(one.action == action for one in self._ticks(transaction, level_since, fingerprint)):
            return False
        named = {"level": level, "level_since": level_since, "plan_fingerprint": fingerprint, "action": action}
        transaction.insert(surge_ticks, named | {"done_at": transaction.at, "done_by": actor, "undone_by": ""})
        self.tell(transaction)
        return True

    def untick(self, transaction: Transaction, tick_id: int, *, actor: str) -> bool:
        """It is not done after all. False when there is no such tick, or it was taken back before."""
        column = surge_ticks.c
        values = {"undone_at": transaction.at, "undone_by": actor}
        chosen = update(surge_ticks).where(column.tick_id == tick_id, column.undone_at.is_(None))
        done = transaction.run(chosen.values(values)) > 0
        if done:
            self.tell(transaction)
        return done

    def ticks(self, level_since: datetime, fingerprint: str) -> tuple[Tick, ...]:
        """What is done of the playbook of a level that began then, by a plan; what was taken back is left out."""
        with self._database.reading() as reading:
            return tuple(self._ticks(reading, level_since, fingerprint))

    def _ticks(self, reading: Transaction, level_since: datetime, fingerprint: str) -> Iterable[Tick]:
        column = surge_ticks.c
        chosen = (column.level_since == level_since, column.plan_fingerprint == fingerprint, column.undone_at.is_(None))
        return [Tick(**row) for row in reading.rows(select(surge_ticks).where(*chosen).order_by(column.tick_id))]


def _shown(state: KeptSurge) -> tuple[Any, ...]:
    return state.level, state.since, dict(state.stocks), state.held_by, state.plan_fingerprint


def _change(row: RowMapping) -> KeptChange:
    values = {name: value for name, value in row.items() if name != "change_id"}
    return KeptChange(**values | {"called_by": tuple(row["called_by"])})
