"""Declarations with all that a platform says of them; what its connectors read, and what they tell it."""

import json

import sqlalchemy as sa
from alembic import op
from pydantic import AwareDatetime, TypeAdapter

revision = "0010"
down_revision = "0009"

_TIME = sa.DateTime(timezone=True)
_AT_ONCE = 1000


def upgrade() -> None:
    """What older versions said of a confirmation was kept as it came only."""
    op.add_column("declarations", sa.Column("details", sa.JSON(), nullable=True))
    op.create_table(
        "platform_sources",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("answered_at", _TIME),
        sa.Column("failed_at", _TIME),
        sa.Column("failure", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("items", "new", "aside")),
    )
    op.create_table(
        "platform_files",
        sa.Column("source", sa.String(63), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("read_at", _TIME),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rows", "items", "new", "aside")),
        sa.Column("failure", sa.Text(), nullable=False),
    )
    op.create_index("ix_platform_files_began_at", "platform_files", ["began_at"])
    op.create_table(
        "write_backs",
        sa.Column("declaration_id", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("passage_id", sa.String(36), nullable=False),
        sa.Column("passage_revision", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("queued_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean()),
        sa.Column("answer", sa.Text(), nullable=False),
    )
    op.create_index("ix_write_backs_due_at", "write_backs", ["due_at"])
    _keep_confirmations()


def _keep_confirmations() -> None:
    """Lanes and times of confirmed declarations move from the version as it came to where they are looked up."""
    kept = sa.table(
        "declarations", *map(sa.column, ("declaration_id", "version", "state")), sa.column("details", sa.JSON)
    )
    came = sa.table("declaration_versions", *map(sa.column, ("declaration_id", "version", "payload")))
    present = sa.and_(came.c.declaration_id == kept.c.declaration_id, came.c.version == kept.c.version)
    confirmed = (
        sa.select(kept.c.declaration_id, came.c.payload)
        .select_from(kept.join(came, present))
        .where(kept.c.state == "confirmed")
    )
    connection = op.get_bind()
    rows = []
    for declaration_id, payload in connection.execute(confirmed).all():
        told = json.loads(payload)
        details = {"lane": told["lane"]} if told.get("lane") else {}
        if told.get("confirmed_at"):  # ISO 8601, or seconds since 1970
            details["confirmed_at"] = TypeAdapter(AwareDatetime).validate_python(told["confirmed_at"]).isoformat()
        if details:
            rows.append({"key": declaration_id, "told": details})
    change = (
        sa.update(kept)
        .where(kept.c.declaration_id == sa.bindparam("key"))
        .values(details=sa.bindparam("told", type_=sa.JSON))
    )
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(change, rows[start : start + _AT_ONCE])
