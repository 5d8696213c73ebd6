"""Cameras and nodes tell all that is wrong with them, and what cannot be judged now."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Of what was told before, nothing more is known."""
    for table in ("cameras", "nodes"):
        for name in ("findings", "unjudged"):
            op.add_column(table, sa.Column(name, sa.JSON(), nullable=True))
