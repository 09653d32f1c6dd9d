"""What is to be done once: keyed hashes of requests, and the ids of what they made."""

import sqlalchemy as sa
from alembic import op

from app.migrations.row_security import protect

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intents",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _goes_with("tenant_id", "tenants"),
        _goes_with("user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_intents")),
    )
    op.create_index("ix_intents_created_at", "intents", ["created_at"])
    protect("intents")


def downgrade() -> None:
    op.drop_table("intents")


def _goes_with(column: str, parent: str) -> sa.ForeignKeyConstraint:
    name = f"fk_intents_{column}"
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(name), ondelete="CASCADE")
