"""Layers: what is important, and what was said last, without reading the whole profile."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_memories_importance",
        "memories",
        ["memory_profile_id", "status", "importance", "said_at"],
    )
    op.create_index("ix_memories_said_at", "memories", ["memory_profile_id", "status", "said_at"])


def downgrade() -> None:
    op.drop_index("ix_memories_said_at", "memories")
    op.drop_index("ix_memories_importance", "memories")
