"""No lane has two running jobs, whatever process carries them out."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "uq_memory_jobs_one_running",
        "memory_jobs",
        ["memory_profile_id"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )


def downgrade() -> None:
    op.drop_index("uq_memory_jobs_one_running", "memory_jobs")
