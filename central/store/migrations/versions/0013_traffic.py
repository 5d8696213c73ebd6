"""Hours of lanes, what people say of yards and roads, the level of surge, its plans and playbooks."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0014"

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def _lane_hour() -> list[sa.Column[Any]]:
    return [
        sa.Column("hour_at", _TIME, primary_key=True),
        sa.Column("site", sa.String(63), primary_key=True),
        sa.Column("lane", sa.String(63), primary_key=True),
        sa.Column("direction", sa.String(8), primary_key=True),
    ]


def upgrade() -> None:
    """Central counts the hours of its passages anew at its next start."""
    op.create_table(
        "traffic_hours",
        *_lane_hour(),
        sa.Column("vehicles", sa.Integer(), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
    )
    op.create_table(
        "traffic_flows",
        *_lane_hour(),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("believed", sa.Integer()),
        sa.Column("doubts", sa.JSON(), nullable=False),
        sa.Column("judged_at", _TIME, nullable=False),
    )
    op.create_table(
        "traffic_due",
        sa.Column("hour_at", _TIME, primary_key=True),
        sa.Column("site", sa.String(63), primary_key=True),
        sa.Column("due_at", _TIME, nullable=False),
    )
    op.create_table(
        "traffic_strays",
        sa.Column("passage_id", sa.String(36), primary_key=True),
        sa.Column("first_seen_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
    )
    _said()
    _surge()
    for table, *columns in (
        ("traffic_due", "due_at"),
        ("traffic_strays", "first_seen_at"),
        ("traffic_strays", "seen_at"),
        ("yard_counts", "site", "at"),
        ("statements", "until"),
        ("surge_changes", "at"),
        ("surge_ticks", "level_since"),
    ):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)


def _said() -> None:
    op.create_table(
        "yard_counts",
        sa.Column("count_id", _BIG_ID, primary_key=True),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("vehicles", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("said_by", sa.String(64), nullable=False),
        sa.Column("said_at", _TIME, nullable=False),
        sa.Column("withdrawn_at", _TIME),
        sa.Column("withdrawn_by", sa.String(64), nullable=False),
    )
    op.create_table(
        "statements",
        sa.Column("statement_id", _BIG_ID, primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("said_by", sa.String(64), nullable=False),
        sa.Column("said_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("ended_by", sa.String(64), nullable=False),
        sa.Column("was_mistake", sa.Boolean(), nullable=False),
    )


def _surge() -> None:
    op.create_table(
        "surge_plans",
        sa.Column("fingerprint", sa.String(12), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("kept_by", sa.String(64), nullable=False),
        sa.Column("kept_at", _TIME, nullable=False),
    )
    op.create_table(
        "surge_states",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("held_by", sa.JSON(), nullable=False),
        sa.Column("rising_to", sa.Integer()),
        sa.Column("rising_since", _TIME),
        sa.Column("calm_since", _TIME),
        sa.Column("situation", sa.JSON(), nullable=False),
        sa.Column("stocks", sa.JSON(), nullable=False),
        sa.Column("plan_fingerprint", sa.String(12), nullable=False),
    )
    op.create_table(
        "surge_changes",
        sa.Column("change_id", _BIG_ID, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("called_by", sa.JSON(), nullable=False),
        sa.Column("situation", sa.JSON(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("plan_fingerprint", sa.String(12), nullable=False),
    )
    op.create_table(
        "surge_ticks",
        sa.Column("tick_id", _BIG_ID, primary_key=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("level_since", _TIME, nullable=False),
        sa.Column("plan_fingerprint", sa.String(12), nullable=False),
        sa.Column("action", sa.Integer(), nullable=False),
        sa.Column("done_at", _TIME, nullable=False),
        sa.Column("done_by", sa.String(64), nullable=False),
        sa.Column("undone_at", _TIME),
        sa.Column("undone_by", sa.String(64), nullable=False),
    )
