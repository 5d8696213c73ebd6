"""A passage may be cancelled."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Passages from before were all counted."""
    op.add_column("passages", sa.Column("cancelled", sa.String(length=24), nullable=True))
