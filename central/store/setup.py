"""Who changed what, plates that people listed, and settings that people changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, func, or_, select, update

from central.store.database import Database, Transaction
from central.store.records import Page
from central.store.schema_setup import access_rules, audit, kept_settings
from central.store.setup_records import AuditRecord, Effect, KeptSetting, RuleFields, RuleRecord, Values
from contract.errors import StoreError

_PART = 500
"""Rows that are read at once when all are asked for."""


class Audit:
    """`store.audit`. Rows are added, and never changed or deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        transaction: Transaction,
        deed: str,
        *,
        actor: str,
        subject: str,
        before: Values | None = None,
        after: Values | None = None,
    ) -> None:
        """Put a deed on record."""
        row = {"at": transaction.at, "actor": actor[:64], "deed": deed[:120], "subject": subject[:200]}
        transaction.insert(audit, row | {"before": before, "after": after})

    def list(
        self,
        *,
        actor: str | None = None,
        about: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[AuditRecord]:
        """The latest first; `about` is a part of the subject or of the deed.

        Raises:
            StoreError: the cursor is none of ours.

        """
        statement = _filtered(actor, about, since, until)
        if cursor is not None:
            if not cursor.isdecimal() or len(cursor) > 18:
                raise StoreError(f"expected a cursor that an earlier page gave, got {cursor!r}")
            statement = statement.where(audit.c.audit_id < int(cursor))
        rows = self._database.rows(statement.limit(limit + 1))
        items = tuple(AuditRecord(**row) for row in rows[:limit])
        return Page(items, str(items[-1].audit_id) if len(rows) > limit else None)

    def all(
        self,
        *,
        actor: str | None = None,
        about: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[AuditRecord]:
        """Every row that fits, the latest first, read in parts."""
        cursor: str | None = None
        while True:
            page = self.list(actor=actor, about=about, since=since, until=until, cursor=cursor, limit=_PART)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def actors(self) -> tuple[str, ...]:
        """Everybody who ever did something, by name."""
        rows = self._database.rows(select(audit.c.actor).distinct().order_by(audit.c.actor))
        return tuple(row["actor"] for row in rows)


class AccessRules:
    """`store.access_rules`. Values are checked by `central.access_rules`; here they are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Transaction, values: RuleFields, *, actor: str) -> int:
        """List a plate; its number."""
        made = {"added_at": transaction.at, "added_by": actor, "ended_by": ""}
        return transaction.insert(access_rules, asdict(values) | made)

    def get(self, rule_id: int) -> RuleRecord | None:
        """One listed plate, also one that was ended."""
        row = self._database.first(select(access_rules).where(access_rules.c.rule_id == rule_id))
        return _rule(row) if row else None

    def list(self, *, counting_at: datetime | None = None) -> tuple[RuleRecord, ...]:
        """All, the latest first; or those that are listed at a moment and not over yet, by plate."""
        statement = select(access_rules).order_by(access_rules.c.rule_id.desc())
        if counting_at is not None:
            statement = (
                select(access_rules)
                .where(access_rules.c.ended_at.is_(None), access_rules.c.valid_until > counting_at)
                .order_by(access_rules.c.plate, access_rules.c.rule_id)
            )
        return tuple(_rule(row) for row in self._database.rows(statement))

    def end(self, transaction: Transaction, rule_id: int, *, actor: str) -> bool:
        """Take a plate off the list; False when it was off already."""
        listed = (access_rules.c.rule_id == rule_id, access_rules.c.ended_at.is_(None))
        values = {"ended_at": transaction.at, "ended_by": actor}
        return transaction.run(update(access_rules).where(*listed).values(values)) > 0

    def put_back(self, transaction: Transaction, rule_id: int) -> bool:
        """List a plate again that was taken off; False when it was on the list."""
        ended = (access_rules.c.rule_id == rule_id, access_rules.c.ended_at.is_not(None))
        return transaction.run(update(access_rules).where(*ended).values(ended_at=None, ended_by="")) > 0


class KeptSettings:
    """`store.kept_settings`: what people set on a page counts more than the configuration file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> KeptSetting | None:
        """What was set under this name, if anything."""
        row = self._database.first(select(kept_settings).where(kept_settings.c.name == name))
        return KeptSetting(row["value"], row["set_at"], row["set_by"]) if row else None

    def set(self, transaction: Transaction, name: str, value: Mapping[str, Any], *, actor: str) -> None:
        """Keep values."""
        row = {"name": name, "value": dict(value), "set_at": transaction.at, "set_by": actor}
        transaction.upsert(kept_settings, row)


def _filtered(actor: str | None, about: str | None, since: datetime | None, until: datetime | None) -> Select[Any]:
    statement = select(audit).order_by(audit.c.audit_id.desc())
    if actor:
        statement = statement.where(audit.c.actor == actor)
    if about:
        part = about.lower()
        found = (func.lower(column).contains(part, autoescape=True) for column in (audit.c.subject, audit.c.deed))
        statement = statement.where(or_(*found))
    if since is not None:
        statement = statement.where(audit.c.at >= since)
    if until is not None:
        statement = statement.where(audit.c.at < until)
    return statement


def _rule(row: RowMapping) -> RuleRecord:
    return RuleRecord(**{**row, "effect": Effect(row["effect"])})
