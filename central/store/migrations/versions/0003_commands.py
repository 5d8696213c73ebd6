"""Commands to nodes with their answers; the regions that nodes tell; the large pictures of cameras."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nodes and cameras tell theirs at their next report."""
    op.create_table(
        "commands",
        sa.Column("command_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("site", sa.String(length=63), nullable=False),
        sa.Column("node", sa.String(length=63), nullable=False),
        sa.Column("lane", sa.String(length=63), nullable=False),
        sa.Column("camera", sa.String(length=63), nullable=True),
        sa.Column("passage_id", sa.String(length=36), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("issued_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("answered_at", _TIME, nullable=True),
        sa.Column("done", sa.Boolean(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("command_id"),
    )
    op.create_index(op.f("ix_commands_expires_at"), "commands", ["expires_at"], unique=False)
    op.create_index(op.f("ix_commands_issued_at"), "commands", ["issued_at"], unique=False)
    op.create_index(op.f("ix_commands_passage_id"), "commands", ["passage_id"], unique=False)
    op.create_index(
        op.f("ix_commands_site_node_camera_issued_at"),
        "commands",
        ["site", "node", "camera", "issued_at"],
        unique=False,
    )
    op.add_column("nodes", sa.Column("regions", sa.JSON(), nullable=True))
    op.add_column("cameras", sa.Column("snapshot", sa.LargeBinary(), nullable=True))
    op.add_column("cameras", sa.Column("snapshot_at", _TIME, nullable=True))
