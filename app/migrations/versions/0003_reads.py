"""Reads: the further profiles that a session recalls from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chat_session_reads",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("memory_profile_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["memory_profile_id"],
            ["memory_profiles.id"],
            name=op.f("fk_chat_session_reads_memory_profile_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["chat_sessions.id"],
            name=op.f("fk_chat_session_reads_session_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_chat_session_reads_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_chat_session_reads_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "session_id", "memory_profile_id", name=op.f("pk_chat_session_reads")
        ),
    )
    with op.batch_alter_table("chat_session_reads", schema=None) as batch_op:
        batch_op.create_index(
            "ix_chat_session_reads_memory_profile_id", ["memory_profile_id"], unique=False
        )
        batch_op.create_index("ix_chat_session_reads_user_id", ["user_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("chat_session_reads", schema=None) as batch_op:
        batch_op.drop_index("ix_chat_session_reads_user_id")
        batch_op.drop_index("ix_chat_session_reads_memory_profile_id")
    op.drop_table("chat_session_reads")
