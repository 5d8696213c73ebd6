"""Messages stand once, with their revisions; of the second plates only those that are there are in an index."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0018"

_SECOND = "ix_passages_second_plate_search_first_seen_at_passage_id"
_THERE = sa.text("second_plate_search IS NOT NULL")


def upgrade() -> None:
    """What the present revision said is in `passage_revisions` already."""
    op.drop_column("passages", "payload")
    op.drop_index(_SECOND, "passages")
    op.create_index(
        _SECOND,
        "passages",
        ["second_plate_search", "first_seen_at", "passage_id"],
        sqlite_where=_THERE,
        postgresql_where=_THERE,
    )
