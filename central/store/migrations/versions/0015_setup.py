"""Who changed what; plates that people listed; settings that people changed; when a person was last here."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0012"

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing is known of what was done before."""
    op.create_table(
        "audit",
        sa.Column("audit_id", _BIG_ID, primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("deed", sa.String(120), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_actor_at", "audit", ["actor", "at"])
    op.create_table(
        "access_rules",
        sa.Column("rule_id", _BIG_ID, primary_key=True),
        sa.Column("plate", sa.String(16), nullable=False),
        sa.Column("effect", sa.String(8), nullable=False),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("valid_from", _TIME, nullable=False),
        sa.Column("valid_until", _TIME, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("ended_by", sa.String(64), nullable=False),
    )
    op.create_index("ix_access_rules_valid_until", "access_rules", ["valid_until"])
    op.create_index("ix_access_rules_plate", "access_rules", ["plate"])
    op.create_table(
        "kept_settings",
        sa.Column("name", sa.String(63), primary_key=True),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("set_at", _TIME, nullable=False),
        sa.Column("set_by", sa.String(64), nullable=False),
    )
    op.add_column("users", sa.Column("last_seen_at", _TIME, nullable=True))
