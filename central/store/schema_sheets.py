"""The table of evidence sheets that were handed out. See `schema`."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text

from central.store.schema import BIG_ID, UtcDateTime, metadata

evidence_sheets = Table(
    "evidence_sheets",
    metadata,
    Column("sheet_id", BIG_ID, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),  # of `facts`
    Column("passage_id", String(36), nullable=False),
    Column("facts", Text, nullable=False),  # JSON, exactly as it was hashed
    Column("pdf_sha256", String(64), nullable=False, unique=True),
    Column("printed_by", String(64), nullable=False),
    Column("printed_at", UtcDateTime, nullable=False),
    Index(None, "passage_id"),
)
