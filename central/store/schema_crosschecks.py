"""The table of what central noticed and what still stands. See `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Integer, String, Table

from central.store.schema import UtcDateTime, metadata

crosschecks = Table(
    "crosschecks",
    metadata,
    *(Column(name, String(63), primary_key=True) for name in ("site", "node", "camera")),  # of a whole site: ""
    Column("check_name", String(24), primary_key=True),
    Column("lane", String(63), nullable=False),
    Column("direction", String(8), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("number", Integer, nullable=False),
    Column("among", Integer, nullable=False),
    Column("usual", Float, nullable=False),
    Column("chance", Float, nullable=False),
    Column("passages", JSON, nullable=False),
    Column("declarations", JSON, nullable=False),
)
