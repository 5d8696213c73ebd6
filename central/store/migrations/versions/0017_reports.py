"""Bulletins and shift handovers, as they were made and published."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing was published so far."""
    op.create_table(
        "reports",
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("tally", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer()),
        sa.Column("published_at", _TIME),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
    )
    op.create_index("ix_reports_span", "reports", ["kind", "site", "since", "until", "number"], unique=True)
    op.create_index("ix_reports_kind_until", "reports", ["kind", "until"])
