"""What accounts have used of their plans by month, plans of tenants, and what jobs had no room for."""

import sqlalchemy as sa
from alembic import op

from app.migrations.row_security import protect

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage_months",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("turns", sa.Integer(), server_default="0", nullable=False),
        sa.Column("input_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("output_tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("holds", sa.JSON(none_as_null=True), nullable=True),
        _goes_with("tenant_id", "tenants"),
        _goes_with("user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", "month", name=op.f("pk_usage_months")),
    )
    protect("usage_months")
    with op.batch_alter_table("memory_jobs", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("over_quota", sa.Integer(), server_default="0", nullable=False)
        )
    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("plan", sa.String(length=20), server_default="free", nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("tenants", schema=None) as batch_op:
        batch_op.drop_column("plan")
    with op.batch_alter_table("memory_jobs", schema=None) as batch_op:
        batch_op.drop_column("over_quota")
    op.drop_table("usage_months")


def _goes_with(column: str, parent: str) -> sa.ForeignKeyConstraint:
    name = f"fk_usage_months_{column}"
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(name), ondelete="CASCADE")
