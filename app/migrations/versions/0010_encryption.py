"""Encryption: columns for sealed words, how far they are sealed, and keys that have still to go."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SEALED = {
    "memory_profiles": ("name", "description", "persona", "speakers"),
    "chat_sessions": ("title", "summary"),
    "chat_messages": ("name", "content"),
    "memories": ("content", "slot"),
    "memory_versions": ("content",),
}


def upgrade() -> None:
    for table, names in SEALED.items():
        for name in names:
            op.add_column(table, sa.Column(f"sealed_{name}", sa.LargeBinary(), nullable=True))
    op.create_table(
        "encryption",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encryption")),
    )
    op.create_table(
        "key_erasures",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_key_erasures")),
    )


def downgrade() -> None:
    op.drop_table("key_erasures")
    op.drop_table("encryption")
    for table, names in SEALED.items():
        for name in names:
            op.drop_column(table, f"sealed_{name}")
