"""What a passage may belong to, beside what it most probably is; plates that people corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Earlier outcomes named one declaration at most."""
    for table in ("outcomes", "outcome_changes"):
        op.add_column(table, sa.Column("candidates", sa.JSON(), nullable=True))
    op.create_table(
        "plate_corrections",
        sa.Column("correction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("passage_id", sa.String(36), nullable=False),
        sa.Column("read", sa.String(16), nullable=False),
        sa.Column("corrected", sa.String(16), nullable=False),
        sa.Column("corrected_by", sa.String(64), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_index("ix_plate_corrections_passage_id", "plate_corrections", ["passage_id"])
    op.create_index("ix_plate_corrections_corrected_at", "plate_corrections", ["corrected_at"])
