"""The tables of health as history, maintenance windows, tickets and notifications. See `schema`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from central.store.schema import BIG_ID, UtcDateTime, metadata


def _device(*, key: bool = False) -> list[Column[Any]]:
    """A device by the names that messages use; empty where a kind has none."""
    lengths = {"kind": 16, "site": 63, "node": 63, "camera": 63}
    return [Column(name, String(size), primary_key=key, nullable=False) for name, size in lengths.items()]


health_runs = Table(
    "health_runs",
    metadata,
    Column("run_id", BIG_ID, primary_key=True),
    *_device(),
    Column("level", String(16), nullable=False),
    Column("reason", String(24), nullable=False),  # empty where the level has none
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),  # when it was told last: silence after it is no run
    Index(None, "site", "node", "camera", "until"),
)

maintenance_windows = Table(
    "maintenance_windows",
    metadata,
    Column("window_id", BIG_ID, primary_key=True),
    *_device(),
    Column("begins_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),  # when somebody ended it before its end
    Column("ended_by", String(64), nullable=False),
    Index(None, "ends_at"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("ticket_id", BIG_ID, primary_key=True),
    *_device(),
    Column("lane", String(63), nullable=False),
    Column("cause", String(24), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_at", UtcDateTime, nullable=False),
    Column("evidence", String(16), nullable=False),
    Column("evidence_at", UtcDateTime, nullable=False),  # since when it is so
    Column("opened_at", UtcDateTime, nullable=False),
    Column("reopened", Integer, nullable=False),
    Column("version", Integer, nullable=False),  # who acts says which one was looked at
    Column("assignee", String(120), nullable=False),
    Column("merged_into", BIG_ID),
    Column("due_at", UtcDateTime),  # when somebody should have gone on; null: nobody is waited for
    Column("overdue_told_at", UtcDateTime),
    Index(None, "state"),
    Index(None, "site", "node", "camera", "cause"),
)

ticket_devices = Table(
    "ticket_devices",
    metadata,
    Column("ticket_id", BIG_ID, primary_key=True),
    *_device(key=True),
    Column("lane", String(63), nullable=False),
    Column("cause", String(24), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

ticket_entries = Table(
    "ticket_entries",
    metadata,
    Column("entry_id", BIG_ID, primary_key=True),
    Column("ticket_id", BIG_ID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),  # empty: the system, on evidence
    Column("kind", String(24), nullable=False),
    Column("text", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("picture", String(64)),  # sha256 of a file
    Column("to_tell", Boolean, nullable=False),
    Column("notice_id", BIG_ID),  # the notice that told it
    Index(None, "ticket_id"),
    Index(None, "to_tell", "notice_id"),
)

notices = Table(
    "notices",
    metadata,
    Column("notice_id", BIG_ID, primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("payload", Text, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("notice_id", BIG_ID, primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("done_at", UtcDateTime),
    Column("reason", Text, nullable=False),
    Index(None, "state", "next_at"),
)
