"""The tables of the register: devices, the units that answer for them, their files, and every change. See `schema`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Date, Index, Integer, LargeBinary, String, Table, Text

from central.store.schema import BIG_ID, UtcDateTime, metadata


def _texts(length: int, *names: str) -> list[Column[Any]]:
    """Texts that are empty until somebody knows them."""
    return [Column(name, String(length), nullable=False) for name in names]


devices = Table(
    "devices",
    metadata,
    Column("device_id", String(12), primary_key=True),  # short: it stands on the label and in its address
    Column("kind", String(16), nullable=False),
    *_texts(63, "site", "node", "lane", "camera"),  # the names that messages use; empty where a kind has none
    *_texts(120, "title", "make", "model", "serial", "firmware", "funding"),
    *_texts(120, "owner", "managing_unit", "using_unit", "maintainer"),  # names of `units`
    *_texts(120, "handover_number"),
    *(Column(f"{name}_on", Date) for name in ("purchased", "handover", "commissioned", "retired")),
    Column("warranty_until", Date),
    Column("cost_vnd", BigInteger),
    Column("replacement_cost_vnd", BigInteger),
    *(Column(name, Text, nullable=False) for name in ("compliance", "note")),
    Column("added_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Index(None, "site", "kind"),
    Index(None, "site", "node", "camera"),
)

units = Table(
    "units",
    metadata,
    Column("name", String(120), primary_key=True),
    *_texts(120, "contact", "phone", "email"),
)

register_changes = Table(
    "register_changes",
    metadata,
    Column("change_id", BIG_ID, primary_key=True),
    Column("device_id", String(12)),  # null: a unit was changed
    Column("unit", String(120)),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("field", String(32), nullable=False),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=False),
    Index(None, "device_id"),
    Index(None, "unit"),
)

device_files = Table(
    "device_files",
    metadata,
    Column("device_id", String(12), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("media_type", String(32), nullable=False),
    Column("name", String(200), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
)

register_imports = Table(
    "register_imports",
    metadata,
    Column("import_id", String(36), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("uploaded_at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("done_at", UtcDateTime),  # null: seen by nobody but who uploaded it, nothing written yet
)
