"""What loops and barriers of lanes count."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"


def upgrade() -> None:
    """Nodes told nothing of it so far."""
    op.create_table(
        "traffic_counters",
        sa.Column("hour_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("site", sa.String(63), primary_key=True),
        sa.Column("lane", sa.String(63), primary_key=True),
        sa.Column("direction", sa.String(8), primary_key=True),
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loop", sa.BigInteger(), nullable=False),
        sa.Column("barrier", sa.BigInteger(), nullable=False),
    )
