"""Indexes by what jobs and successors are looked up by."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_memory_jobs_memory_profile_id", "memory_jobs", ["memory_profile_id"])
    op.create_index(
        "ix_memories_superseded_by",
        "memories",
        ["superseded_by"],
        sqlite_where=sa.text("superseded_by IS NOT NULL"),
        postgresql_where=sa.text("superseded_by IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_memories_superseded_by", "memories")
    op.drop_index("ix_memory_jobs_memory_profile_id", "memory_jobs")
