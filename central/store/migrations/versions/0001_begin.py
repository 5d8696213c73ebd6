"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)
_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "access_lists",
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("issued_at", _TIME, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site", "node"),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("key_hash", sa.String(length=128), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME, nullable=True),
        sa.Column("last_used_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("key_id"),
        sa.UniqueConstraint("key_hash"),
    )
    op.create_table(
        "cameras",
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("lane", sa.String(length=63), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("reported_level", sa.String(length=16), nullable=False),
        sa.Column("reported_reason", sa.String(length=24), nullable=True),
        sa.Column("reported_since", _TIME, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("frame_at", _TIME, nullable=True),
        sa.Column("measurements", sa.JSON(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("site", "node", "camera"),
    )
    op.create_table(
        "committed_ranges",
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("outbox_id", sa.String(length=36), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", "node", "outbox_id", "first_seq"),
    )
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "dead_letters",
        sa.Column("dead_letter_id", _BIG_ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("dead_letter_id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "declaration_versions",
        sa.Column("declaration_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("declaration_id", "version"),
    )
    op.create_table(
        "declarations",
        sa.Column("declaration_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("regime", sa.String(length=16), nullable=False),
        sa.Column("gate", sa.String(length=63), nullable=False),
        sa.Column("plate", sa.String(length=32), nullable=False),
        sa.Column("plate_search", sa.String(length=32), nullable=False),
        sa.Column("trailer_plate", sa.String(length=32), nullable=True),
        sa.Column("container_no", sa.String(length=32), nullable=True),
        sa.Column("goods", sa.Text(), nullable=False),
        sa.Column("goods_class", sa.String(length=16), nullable=False),
        sa.Column("expected_from", _TIME, nullable=False),
        sa.Column("expected_until", _TIME, nullable=False),
        sa.Column("declared_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("declarant", sa.Text(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("declaration_id"),
    )
    op.create_index(
        op.f("ix_declarations_expected_from_declaration_id"),
        "declarations",
        ["expected_from", "declaration_id"],
        unique=False,
    )
    op.create_index(op.f("ix_declarations_expected_until"), "declarations", ["expected_until"], unique=False)
    op.create_index(
        op.f("ix_declarations_gate_expected_until"), "declarations", ["gate", "expected_until"], unique=False
    )
    op.create_table(
        "events",
        sa.Column("event_id", _BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "evidence",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("passage_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("camera", sa.String(length=63), nullable=False),
        sa.Column("captured_at", _TIME, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_index(op.f("ix_evidence_passage_id"), "evidence", ["passage_id"], unique=False)
    op.create_table(
        "nodes",
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=True),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("boot_id", sa.String(length=36), nullable=True),
        sa.Column("outbox_id", sa.String(length=36), nullable=True),
        sa.Column("started_at", _TIME, nullable=True),
        sa.Column("last_seen_at", _TIME, nullable=False),
        sa.Column("software", sa.Text(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("config_hash", sa.Text(), nullable=False),
        sa.Column("lanes", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("metrics_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("site", "node"),
    )
    op.create_table(
        "outcome_changes",
        sa.Column("change_id", _BIG_ID, nullable=False),
        sa.Column("passage_id", sa.String(length=36), nullable=True),
        sa.Column("declaration_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("change_id"),
    )
    op.create_index(op.f("ix_outcome_changes_declaration_id"), "outcome_changes", ["declaration_id"], unique=False)
    op.create_index(op.f("ix_outcome_changes_passage_id"), "outcome_changes", ["passage_id"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("outcome_id", _BIG_ID, nullable=False),
        sa.Column("passage_id", sa.String(length=36), nullable=True),
        sa.Column("declaration_id", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("outcome_id"),
        sa.UniqueConstraint("declaration_id"),
        sa.UniqueConstraint("passage_id"),
    )
    op.create_index(op.f("ix_outcomes_outcome"), "outcomes", ["outcome"], unique=False)
    op.create_table(
        "passage_revisions",
        sa.Column("passage_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("passage_id", "revision"),
    )
    op.create_table(
        "passages",
        sa.Column("passage_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("lane", sa.String(length=63), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("first_seen_at", _TIME, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("plate_search", sa.String(length=16), nullable=True),
        sa.Column("second_plate_search", sa.String(length=16), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("passage_id"),
    )
    op.create_index(
        op.f("ix_passages_first_seen_at_passage_id"), "passages", ["first_seen_at", "passage_id"], unique=False
    )
    op.create_index(op.f("ix_passages_plate_search"), "passages", ["plate_search"], unique=False)
    op.create_index(
        op.f("ix_passages_site_lane_first_seen_at"), "passages", ["site", "lane", "first_seen_at"], unique=False
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=128), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("csrf_token", sa.String(length=128), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("name"),
    )
