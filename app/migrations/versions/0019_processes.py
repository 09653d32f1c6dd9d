"""Several processes on one database: which there are, whose words each holds, and when to forget."""

import sqlalchemy as sa
from alembic import op

from app.migrations.row_security import protect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "processes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("has_bus", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alive_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
    )
    op.create_table(
        "held_sessions",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("process_id", sa.Uuid(), nullable=True),
        sa.Column("epoch", sa.Integer(), server_default="0", nullable=False),
        _goes_with("held_sessions", "session_id", "chat_sessions"),
        _goes_with("held_sessions", "tenant_id", "tenants"),
        _goes_with("held_sessions", "user_id", "users"),
        sa.ForeignKeyConstraint(
            ["process_id"],
            ["processes.id"],
            name=op.f("fk_held_sessions_process_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_held_sessions")),
    )
    op.create_index("ix_held_sessions_process_id", "held_sessions", ["process_id"])
    op.create_index("ix_held_sessions_user_id", "held_sessions", ["user_id"])
    op.create_table(
        "erasures",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        _goes_with("erasures", "user_id", "users"),
        _goes_with("erasures", "tenant_id", "tenants"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_erasures")),
    )
    protect("processes", own="true", user_may="SELECT")
    protect("held_sessions")
    protect("erasures")


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("held_sessions")
    op.drop_table("processes")


def _goes_with(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE"
    )
