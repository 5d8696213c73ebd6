"""Passages of a lane stand in the order of their node's numbers, whatever its clock said."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_TIME = sa.DateTime(timezone=True)
_AT_ONCE = 1000


def upgrade() -> None:
    """Of what is here already, number and outbox stand in the messages; an outbox is as old as its first passage."""
    op.add_column("passages", sa.Column("outbox_id", sa.String(length=36), nullable=True))
    op.add_column("passages", sa.Column("outbox_since", _TIME, nullable=True))
    op.add_column("passages", sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    _fill(op.get_bind())
    with op.batch_alter_table("passages") as table:
        table.alter_column("outbox_id", existing_type=sa.String(length=36), nullable=False)
        table.alter_column("outbox_since", existing_type=_TIME, nullable=False)
        table.alter_column("seq", existing_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)
    op.create_index(op.f("ix_passages_site_lane_outbox_since_seq"), "passages", ["site", "lane", "outbox_since", "seq"])
    op.create_index(op.f("ix_passages_site_node_outbox_id"), "passages", ["site", "node", "outbox_id"])


def _fill(connection: sa.Connection) -> None:
    passages = sa.table(
        "passages",
        *(sa.column(name) for name in ("passage_id", "site", "node", "received_at", "payload")),
        *(sa.column(name) for name in ("outbox_id", "outbox_since", "seq")),
    )
    last = ""
    while True:
        wanted = sa.select(passages.c.passage_id, passages.c.payload).where(passages.c.passage_id > last)
        rows = connection.execute(wanted.order_by(passages.c.passage_id).limit(_AT_ONCE)).all()
        if not rows:
            break
        for passage_id, payload in rows:
            message = json.loads(payload)
            connection.execute(
                sa.update(passages)
                .where(passages.c.passage_id == passage_id)
                .values(outbox_id=message["outbox_id"], seq=message["seq"])
            )
        last = rows[-1][0]
    key = (passages.c.site, passages.c.node, passages.c.outbox_id)
    for site, node, outbox_id, since in connection.execute(
        sa.select(*key, sa.func.min(passages.c.received_at)).group_by(*key)
    ).all():
        where = (passages.c.site == site, passages.c.node == node, passages.c.outbox_id == outbox_id)
        connection.execute(sa.update(passages).where(*where).values(outbox_since=since))
