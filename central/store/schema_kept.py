"""The tables of what was deleted on purpose, and of the plates that people search in. See `schema`."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from central.store.schema import BIG_ID, UtcDateTime, metadata

evidence_deletions = Table(
    "evidence_deletions",
    metadata,
    Column("deletion_id", BIG_ID, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("passage_id", String(36), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("camera", String(63), nullable=False),
    Column("captured_at", UtcDateTime, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("deleted_at", UtcDateTime, nullable=False),
    Column("why", String(16), nullable=False),
    Index(None, "passage_id"),
)

_BYTE_ORDER = String(16).with_variant(String(16, collation="C"), "postgresql")
"""Text that compares sign by sign, whatever the language of the server."""

plate_ends = Table(
    "plate_ends",
    metadata,
    Column(
        "ending", _BYTE_ORDER, primary_key=True
    ),  # the plate without its first signs, none or some of them; or `plates._WAITS`
    Column("plate", _BYTE_ORDER, primary_key=True),  # as in passages.plate_search
)
