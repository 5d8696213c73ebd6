"""Reports: what was made, and what of it was published. Content is never changed, and nothing published is deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, exists, func, or_, select, update

from central.store.database import Database, Transaction
from central.store.records import EventKind
from central.store.report_records import NewReport, ReportKind, ReportRecord
from central.store.schema_reports import reports

_HEAD = [column for column in reports.c if column.name not in {"content", "tally"}]
_LOCK = "reports"


class Reports:
    """`store.reports`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, transaction: Transaction, report: NewReport) -> int:
        """Keep a report as a draft; its number."""
        values = asdict(report) | {
            "made_at": transaction.at,
            "sha256": hashlib.sha256(report.content.encode()).hexdigest(),
            "published_by": "",
            "remark": "",
        }
        number = transaction.insert(reports, values)
        transaction.event(EventKind.REPORT, str(number), report.site)
        return number

    def publish(self, transaction: Transaction, report_id: int, *, by: str, remark: str = "") -> bool:
        """A draft becomes the next of its span; call it first in a transaction. False where it is none."""
        transaction.lock([_LOCK])
        row = transaction.first(select(*_HEAD).where(reports.c.report_id == report_id, reports.c.number.is_(None)))
        if row is None:
            return False
        same = (reports.c[name] == row[name] for name in ("kind", "site", "since", "until"))
        before = transaction.first(select(func.max(reports.c.number).label("number")).where(*same))
        number = 0 if before is None or before["number"] is None else before["number"] + 1
        values = {"number": number, "published_at": transaction.at, "published_by": by, "remark": remark}
        transaction.run(update(reports).where(reports.c.report_id == report_id).values(values))
        transaction.event(EventKind.REPORT, str(report_id), row["site"])
        return True

    def forget_drafts(self, transaction: Transaction, before: datetime) -> int:
        """Delete drafts made before then that a later report of the same span stands in for; how many there were.

        Handovers stay, and so does the last draft of a span that nobody published.
        """
        later = reports.alias()
        same = [later.c[name] == reports.c[name] for name in ("kind", "site", "since", "until")]
        replaced = exists().where(*same, later.c.report_id > reports.c.report_id)
        old = (reports.c.number.is_(None), reports.c.made_at < before, reports.c.kind != ReportKind.SHIFT.value)
        return transaction.run(delete(reports).where(*old, replaced))

    def get(self, report_id: int) -> ReportRecord | None:
        """One report."""
        row = self._database.first(select(*_HEAD).where(reports.c.report_id == report_id))
        return _record(row) if row else None

    def content(self, report_id: int) -> str | None:
        """What it says."""
        row = self._database.first(select(reports.c.content).where(reports.c.report_id == report_id))
        return str(row["content"]) if row else None

    def list(
        self,
        *,
        kinds: Collection[ReportKind] = (),
        published: bool | None = None,
        before: datetime | None = None,
        limit: int = 50,
    ) -> tuple[ReportRecord, ...]:
        """What ended last first, of one span the latest first; `before`: spans that end before then."""
        wanted: list[ColumnElement[bool]] = []
        if kinds:
            wanted.append(reports.c.kind.in_([kind.value for kind in kinds]))
        if published is not None:
            wanted.append(reports.c.number.is_not(None) if published else reports.c.number.is_(None))
        if before is not None:
            wanted.append(reports.c.until < before)
        order = (reports.c.until.desc(), reports.c.report_id.desc())
        rows = self._database.rows(select(*_HEAD).where(*wanted).order_by(*order).limit(limit))
        return tuple(_record(row) for row in rows)

    def waiting(self) -> tuple[ReportRecord, ...]:
        """The last draft of each span that was over when it was made and of which nothing was published.

        Handovers too, until somebody takes them over. What ended last stands first.
        """
        other = reports.alias()
        same = [other.c[name] == reports.c[name] for name in ("kind", "site", "since", "until")]
        is_shift = reports.c.kind == ReportKind.SHIFT.value
        better = exists().where(*same, or_(other.c.number.is_not(None), other.c.report_id > reports.c.report_id))
        wanted = (reports.c.number.is_(None), reports.c.made_at >= reports.c.until, or_(is_shift, ~better))
        order = (reports.c.until.desc(), reports.c.report_id.desc())
        return tuple(map(_record, self._database.rows(select(*_HEAD).where(*wanted).order_by(*order))))

    def of_span(self, kind: ReportKind, site: str, since: datetime, until: datetime) -> tuple[ReportRecord, ...]:
        """All of one span, the latest first."""
        same = _span(kind, site, since, until)
        rows = self._database.rows(select(*_HEAD).where(*same).order_by(reports.c.report_id.desc()))
        return tuple(_record(row) for row in rows)

    def tallies(self, kind: ReportKind, days: Collection[str]) -> Mapping[str, str]:
        """Day to the tally of its report of all gates: of the one published last, else of the latest draft."""
        column = reports.c
        statement = select(column.day, column.tally, column.number).where(
            column.kind == kind.value, column.site == "", column.day.in_(list(days))
        )
        found: dict[str, str] = {}
        by_age = sorted(
            self._database.rows(statement.order_by(column.report_id)),
            key=lambda row: -1 if row["number"] is None else row["number"],
        )
        for row in by_age:
            found[row["day"]] = row["tally"]
        return found


def _span(kind: ReportKind, site: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    column = reports.c
    return column.kind == kind.value, column.site == site, column.since == since, column.until == until


def _record(row: RowMapping) -> ReportRecord:
    values: dict[str, Any] = dict(row)
    return ReportRecord(**values | {"kind": ReportKind(row["kind"])})
