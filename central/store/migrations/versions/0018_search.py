"""Evidence sheets that were handed out; declarations and corrections are found by their plate."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """No sheet was handed out so far."""
    op.create_table(
        "evidence_sheets",
        sa.Column("sheet_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("passage_id", sa.String(36), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("pdf_sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("printed_by", sa.String(64), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_evidence_sheets_passage_id", "evidence_sheets", ["passage_id"])
    op.create_index(
        "ix_declarations_plate_search_expected_from",
        "declarations",
        ["plate_search", "expected_from", "declaration_id"],
    )
    op.create_index("ix_decided_plate", "decided", ["plate"])
