"""Pictures are kept for a time, with a log of what was deleted; parts of plates are found through their endings."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TIME = sa.DateTime(timezone=True)
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PLATE = sa.String(16).with_variant(sa.String(16, collation="C"), "postgresql")
_AT_ONCE = 1000
_INDEXES = {
    "ix_passages_newest": ["first_seen_at", "passage_id", "plate_search", "second_plate_search"],
    "ix_passages_plate_search_first_seen_at_passage_id": ["plate_search", "first_seen_at", "passage_id"],
    "ix_passages_second_plate_search_first_seen_at_passage_id": ["second_plate_search", "first_seen_at", "passage_id"],
}


def upgrade() -> None:
    """Plates that are here already are taken apart."""
    op.create_table(
        "evidence_deletions",
        sa.Column("deletion_id", _ID, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("passage_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("camera", sa.String(63), nullable=False),
        sa.Column("captured_at", _TIME, nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("deleted_at", _TIME, nullable=False),
        sa.Column("why", sa.String(16), nullable=False),
    )
    op.create_index("ix_evidence_deletions_passage_id", "evidence_deletions", ["passage_id"])
    op.create_index("ix_evidence_received_at", "evidence", ["received_at"])
    op.drop_index("ix_passages_plate_search", "passages")
    op.drop_index("ix_passages_first_seen_at_passage_id", "passages")
    for name, columns in _INDEXES.items():
        op.create_index(name, "passages", columns)
    endings = op.create_table(
        "plate_ends",
        sa.Column("ending", _PLATE, primary_key=True),
        sa.Column("plate", _PLATE, primary_key=True),
    )
    connection = op.get_bind()
    passages = sa.table("passages", sa.column("plate_search"), sa.column("second_plate_search"))
    first, second = (sa.select(column.label("plate")) for column in passages.c)
    known = connection.execute(sa.union(first, second)).scalars().all()
    rows = [{"ending": plate[n:], "plate": plate} for plate in known if plate for n in range(len(plate))]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(sa.insert(endings), rows[start : start + _AT_ONCE])
