"""The table of reports: bulletins and shift handovers, as they were made and published. See `schema`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from central.store.schema import BIG_ID, UtcDateTime, metadata

reports = Table(
    "reports",
    metadata,
    Column("report_id", BIG_ID, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("site", String(63), nullable=False),  # empty: all gates
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("day", String(10), nullable=False),  # of the place, the last one: 2026-05-06
    Column("made_at", UtcDateTime, nullable=False),  # the figures are those known then
    Column("made_by", String(64), nullable=False),  # empty: by itself, at its hour
    Column("content", Text, nullable=False),  # never changed: sha256 is of it
    Column("sha256", String(64), nullable=False),
    Column("tally", Text, nullable=False),  # its counts alone, for comparison; empty of a handover
    Column("number", Integer),  # 0: the first that was published of its span, then corrections; null: none yet
    Column("published_at", UtcDateTime),
    Column("published_by", String(64), nullable=False),
    Column("remark", Text, nullable=False),  # why it corrects another; what the one says who takes over
    Index("ix_reports_span", "kind", "site", "since", "until", "number", unique=True),
    Index(None, "kind", "until"),
)
