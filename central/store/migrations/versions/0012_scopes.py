"""Keys of programs have scopes where they had a role."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_OPERATOR = ["read", "export", "commands", "evidence:keep"]
_SCOPES = {
    "operator": _OPERATOR,
    "maintenance": ["devices:read", "cameras:set", "register", "tickets"],
    "manager": [*_OPERATOR, "register", "tickets"],
    "admin": ["admin"],
}


def upgrade() -> None:
    """A key may what its role allowed."""
    op.add_column("api_keys", sa.Column("scopes", sa.JSON(), nullable=True))
    keys = sa.table("api_keys", sa.column("role", sa.String()), sa.column("scopes", sa.JSON()))
    for role, scopes in _SCOPES.items():
        op.execute(sa.update(keys).where(keys.c.role == role).values(scopes=scopes))
    with op.batch_alter_table("api_keys") as table:
        table.alter_column("scopes", existing_type=sa.JSON(), nullable=False)
        table.drop_column("role")
