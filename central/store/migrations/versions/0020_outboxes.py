"""Since when each outbox is known stands in a table of its own: an index of all passages by node is written no more."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """What passages say of their outboxes."""
    op.create_table(
        "outboxes",
        sa.Column("site", sa.String(63), primary_key=True),
        sa.Column("node", sa.String(63), primary_key=True),
        sa.Column("outbox_id", sa.String(36), primary_key=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        "INSERT INTO outboxes (site, node, outbox_id, since) "
        "SELECT site, node, outbox_id, min(outbox_since) FROM passages GROUP BY site, node, outbox_id"
    )
    op.drop_index("ix_passages_site_node_outbox_id", "passages")
