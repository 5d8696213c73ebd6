"""The register of devices: who owns, manages, uses and maintains them, with files and every change."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TIME = sa.DateTime(timezone=True)


def _texts(length: int, *names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length), nullable=False) for name in names]


def upgrade() -> None:
    """Nothing is registered yet; what the nodes tell is offered for it."""
    op.create_table(
        "devices",
        *_texts(12, "device_id"),
        *_texts(16, "kind"),
        *_texts(63, "site", "node", "lane", "camera"),
        *_texts(120, "title", "make", "model", "serial", "firmware", "funding"),
        *_texts(120, "owner", "managing_unit", "using_unit", "maintainer", "handover_number"),
        *(sa.Column(name, sa.Date()) for name in ("purchased_on", "handover_on", "commissioned_on", "retired_on")),
        sa.Column("warranty_until", sa.Date()),
        sa.Column("cost_vnd", sa.BigInteger()),
        sa.Column("replacement_cost_vnd", sa.BigInteger()),
        sa.Column("compliance", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("device_id"),
    )
    op.create_index("ix_devices_site_kind", "devices", ["site", "kind"])
    op.create_index("ix_devices_site_node_camera", "devices", ["site", "node", "camera"])
    op.create_table("units", *_texts(120, "name", "contact", "phone", "email"), sa.PrimaryKeyConstraint("name"))
    op.create_table(
        "register_changes",
        sa.Column("change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("device_id", sa.String(12)),
        sa.Column("unit", sa.String(120)),
        sa.Column("at", _TIME, nullable=False),
        *_texts(64, "actor"),
        *_texts(32, "field"),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
    )
    op.create_index("ix_register_changes_device_id", "register_changes", ["device_id"])
    op.create_index("ix_register_changes_unit", "register_changes", ["unit"])
    op.create_table(
        "device_files",
        *_texts(12, "device_id"),
        *_texts(64, "sha256"),
        *_texts(16, "purpose"),
        *_texts(32, "media_type"),
        *_texts(200, "name"),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        *_texts(64, "actor"),
        sa.PrimaryKeyConstraint("device_id", "sha256"),
    )
    op.create_table(
        "register_imports",
        *_texts(36, "import_id"),
        *_texts(200, "name"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", _TIME, nullable=False),
        *_texts(64, "actor"),
        sa.Column("done_at", _TIME),
        sa.PrimaryKeyConstraint("import_id"),
    )
