"""The tables of the platform's connectors. See `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from central.store.schema import UtcDateTime, metadata

platform_sources = Table(
    "platform_sources",
    metadata,
    Column("name", String(63), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("answered_at", UtcDateTime),  # when it last gave something that could be read
    Column("failed_at", UtcDateTime),
    Column("failure", Text, nullable=False),  # of `failed_at`; empty when it has answered since
    *(Column(name, BigInteger, nullable=False) for name in ("items", "new", "aside")),
)

platform_files = Table(
    "platform_files",
    metadata,
    Column("source", String(63), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("read_at", UtcDateTime),  # null: not at its end yet
    *(Column(name, Integer, nullable=False) for name in ("rows", "items", "new", "aside")),
    Column("failure", Text, nullable=False),  # why nothing of it could be read
    Index(None, "began_at"),
)

write_backs = Table(
    "write_backs",
    metadata,
    Column("declaration_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),  # counts what the platform is told of this declaration
    Column("passage_id", String(36), nullable=False),
    Column("passage_revision", Integer, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("queued_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),  # null: over
    Column("tries", Integer, nullable=False),
    Column("accepted", Boolean),  # null: not answered yet
    Column("answer", Text, nullable=False),  # what came last
    Index(None, "due_at"),
)
