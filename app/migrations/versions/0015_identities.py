"""By whom accounts are known elsewhere; which addresses are proved; keys of tenants' services."""

import sqlalchemy as sa
from alembic import op

from app.migrations.row_security import protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column("email_verified", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "tenants", sa.Column("key_version", sa.Integer(), nullable=False, server_default="1")
    )
    _create_owned(
        "identities",
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer_subject")),
    )
    _create_owned("ended_logins", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False))
    op.create_index("ix_ended_logins_ended_at", "ended_logins", ["ended_at"])
    op.create_table(
        "departed_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("owed_subject", sa.String(length=255), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departed_identities")),
    )
    protect("departed_identities", user_may="INSERT")
    op.create_index("ix_departed_identities_digest", "departed_identities", ["digest"])
    op.create_index("ix_departed_identities_departed_at", "departed_identities", ["departed_at"])


def _create_owned(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{name}_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f(f"fk_{name}_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_user_id", name, ["user_id"])
    protect(name)


def downgrade() -> None:
    for table in ("departed_identities", "ended_logins", "identities"):
        op.drop_table(table)
    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.drop_column("key_version")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("email_verified")
