"""The table of plates that people corrected. See `schema`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from central.store.schema import BIG_ID, UtcDateTime, metadata

plate_corrections = Table(
    "plate_corrections",
    metadata,
    Column("correction_id", BIG_ID, primary_key=True),
    Column("passage_id", String(36), nullable=False),
    Column("read", String(16), nullable=False),  # as the camera had it: that is never overwritten
    Column("corrected", String(16), nullable=False),
    Column("corrected_by", String(64), nullable=False),
    Column("corrected_at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
    Column("number", Integer),  # of the decision that it belongs to
    Index(None, "passage_id"),
    Index(None, "corrected_at"),
)
