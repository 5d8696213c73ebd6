"""The tables of what people decided. See `schema`."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table, Text

from central.store.schema import BIG_ID, UtcDateTime, metadata

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", BIG_ID, primary_key=True),
    Column("passage_id", String(36), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("plate", String(16)),
    Column("declaration_id", String(64)),
    Column("undoes", Integer),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("why", Text, nullable=False),
    Column("revision", Integer, nullable=False),  # of the passage that was looked at
    Column("read", String(16)),
    Column("said", String(24)),
    Column("said_declaration_id", String(64)),
    Column("said_score", Float, nullable=False),
    Column("covers", Text, nullable=False),  # outcomes between commas, with one at either end
    Column("site", String(63), nullable=False),
    Column("lane", String(63), nullable=False),
    Column("camera", String(63), nullable=False),
    Column("seen_at", UtcDateTime),
    Index("ix_decisions_passage", "passage_id", "number", unique=True),
    Index(None, "at"),
)

decided = Table(
    "decided",
    metadata,
    Column("passage_id", String(36), primary_key=True),
    Column("version", Integer, nullable=False),  # the number of the last decision, taken back or not
    Column("number", Integer),  # of the one that counts; null, with all below: none does
    Column("kind", String(16)),
    Column("plate", String(16)),
    Column("declaration_id", String(64), unique=True),  # a declaration is given to one passage at most
    Column("by", String(64)),
    Column("at", UtcDateTime),
    Column("covers", Text),
    Index(None, "plate"),
)
