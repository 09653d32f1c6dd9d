"""What is learnt from conversations that other applications keep: a hidden session for each, no twice."""

import sqlalchemy as sa
from alembic import op

from app.migrations.row_security import protect

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

IS_THREAD = sa.text("thread IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("chat_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("thread", sa.String(length=64), nullable=True))
    op.create_index(
        "uq_chat_sessions_thread",
        "chat_sessions",
        ["user_id", "thread"],
        unique=True,
        sqlite_where=IS_THREAD,
        postgresql_where=IS_THREAD,
    )
    op.create_table(
        "heard_turns",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        _goes_with("tenant_id", "tenants"),
        _goes_with("user_id", "users"),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_heard_turns")),
    )
    op.create_index("ix_heard_turns_heard_at", "heard_turns", ["heard_at"])
    protect("heard_turns")


def downgrade() -> None:
    op.drop_table("heard_turns")
    op.drop_index("uq_chat_sessions_thread", table_name="chat_sessions")
    with op.batch_alter_table("chat_sessions", schema=None) as batch_op:
        batch_op.drop_column("thread")


def _goes_with(column: str, parent: str) -> sa.ForeignKeyConstraint:
    name = f"fk_heard_turns_{column}"
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(name), ondelete="CASCADE")
