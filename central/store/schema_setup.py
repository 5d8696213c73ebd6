"""The tables of set-up: who changed what, plates that people listed, settings that people changed. See `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table, Text

from central.store.schema import BIG_ID, UtcDateTime, metadata

audit = Table(
    "audit",
    metadata,
    Column("audit_id", BIG_ID, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("deed", String(120), nullable=False),  # method and route, e.g. `POST /users/{user_id}/role`
    Column("subject", String(200), nullable=False),
    Column("before", JSON),  # null: not told
    Column("after", JSON),
    Index(None, "at"),
    Index(None, "actor", "at"),
)

access_rules = Table(
    "access_rules",
    metadata,
    Column("rule_id", BIG_ID, primary_key=True),
    Column("plate", String(16), nullable=False),
    Column("effect", String(8), nullable=False),
    Column("site", String(63), nullable=False),  # empty: all
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", String(64), nullable=False),
    Column("ended_at", UtcDateTime),  # null: still listed
    Column("ended_by", String(64), nullable=False),
    Index(None, "valid_until"),
    Index(None, "plate"),
)

kept_settings = Table(
    "kept_settings",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("value", JSON, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    Column("set_by", String(64), nullable=False),
)
