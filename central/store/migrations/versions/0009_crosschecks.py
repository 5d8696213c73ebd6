"""What central noticed by holding lanes, cameras and the platform against each other."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing was noticed so far."""
    op.create_table(
        "crosschecks",
        *(sa.Column(name, sa.String(63), primary_key=True) for name in ("site", "node", "camera")),
        sa.Column("check_name", sa.String(24), primary_key=True),
        sa.Column("lane", sa.String(63), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("among", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("passages", sa.JSON(), nullable=False),
        sa.Column("declarations", sa.JSON(), nullable=False),
    )
