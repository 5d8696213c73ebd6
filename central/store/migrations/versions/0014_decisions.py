"""What people decided of passages; which of their corrections were taken back; the queue is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0015"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody has decided anything yet."""
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("passage_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("plate", sa.String(16), nullable=True),
        sa.Column("declaration_id", sa.String(64), nullable=True),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("read", sa.String(16), nullable=True),
        sa.Column("said", sa.String(24), nullable=True),
        sa.Column("said_declaration_id", sa.String(64), nullable=True),
        sa.Column("said_score", sa.Float(), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("lane", sa.String(63), nullable=False),
        sa.Column("camera", sa.String(63), nullable=False),
        sa.Column("seen_at", _TIME, nullable=True),
    )
    op.create_index("ix_decisions_passage", "decisions", ["passage_id", "number"], unique=True)
    op.create_index("ix_decisions_at", "decisions", ["at"])
    op.create_table(
        "decided",
        sa.Column("passage_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(16), nullable=True),
        sa.Column("plate", sa.String(16), nullable=True),
        sa.Column("declaration_id", sa.String(64), unique=True, nullable=True),
        sa.Column("by", sa.String(64), nullable=True),
        sa.Column("at", _TIME, nullable=True),
        sa.Column("covers", sa.Text(), nullable=True),
    )
    op.add_column("plate_corrections", sa.Column("number", sa.Integer(), nullable=True))
    op.create_index("ix_outcomes_outcome_decided_at", "outcomes", ["outcome", "decided_at"])
    op.drop_index("ix_outcomes_outcome", "outcomes")
