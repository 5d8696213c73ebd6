"""Health as history, maintenance windows, tickets, notifications."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TIME = sa.DateTime(timezone=True)
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _device() -> list[sa.Column[Any]]:
    lengths = {"kind": 16, "site": 63, "node": 63, "camera": 63}
    return [sa.Column(name, sa.String(size), nullable=False) for name, size in lengths.items()]


def upgrade() -> None:
    """History begins now; of what was before, nothing is known."""
    op.add_column("cameras", sa.Column("verdict", sa.JSON(), nullable=True))
    op.create_table(
        "health_runs",
        sa.Column("run_id", _ID, primary_key=True),
        *_device(),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
    )
    op.create_index("ix_health_runs_site_node_camera_until", "health_runs", ["site", "node", "camera", "until"])
    op.create_table(
        "maintenance_windows",
        sa.Column("window_id", _ID, primary_key=True),
        *_device(),
        sa.Column("begins_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("ended_by", sa.String(64), nullable=False),
    )
    op.create_index("ix_maintenance_windows_ends_at", "maintenance_windows", ["ends_at"])
    op.create_table(
        "tickets",
        sa.Column("ticket_id", _ID, primary_key=True),
        *_device(),
        sa.Column("lane", sa.String(63), nullable=False),
        sa.Column("cause", sa.String(24), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("state_at", _TIME, nullable=False),
        sa.Column("evidence", sa.String(16), nullable=False),
        sa.Column("evidence_at", _TIME, nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("assignee", sa.String(120), nullable=False),
        sa.Column("merged_into", _ID),
        sa.Column("due_at", _TIME),
        sa.Column("overdue_told_at", _TIME),
    )
    op.create_index("ix_tickets_state", "tickets", ["state"])
    op.create_index("ix_tickets_site_node_camera_cause", "tickets", ["site", "node", "camera", "cause"])
    op.create_table(
        "ticket_devices",
        sa.Column("ticket_id", _ID, nullable=False),
        *_device(),
        sa.Column("lane", sa.String(63), nullable=False),
        sa.Column("cause", sa.String(24), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "site", "node", "camera"),
    )
    op.create_table(
        "ticket_entries",
        sa.Column("entry_id", _ID, primary_key=True),
        sa.Column("ticket_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("picture", sa.String(64)),
        sa.Column("to_tell", sa.Boolean(), nullable=False),
        sa.Column("notice_id", _ID),
    )
    op.create_index("ix_ticket_entries_ticket_id", "ticket_entries", ["ticket_id"])
    op.create_index("ix_ticket_entries_to_tell_notice_id", "ticket_entries", ["to_tell", "notice_id"])
    op.create_table(
        "notices",
        sa.Column("notice_id", _ID, primary_key=True),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
    )
    op.create_table(
        "deliveries",
        sa.Column("notice_id", _ID, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("done_at", _TIME),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", "channel"),
    )
    op.create_index("ix_deliveries_state_next_at", "deliveries", ["state", "next_at"])
