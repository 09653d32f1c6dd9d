"""Postgres: everybody's rows are their own, and the keys of users have a schema of their own."""

import sqlalchemy as sa
from alembic import op

from app.migrations.row_security import TENANT_OF_CALLER, is_postgres, let_count, protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OWNED = (
    "chat_messages",
    "chat_session_reads",
    "chat_sessions",
    "imports",
    "index_changes",
    "memories",
    "memory_jobs",
    "memory_profiles",
    "memory_sources",
    "memory_versions",
    "owed_wipes",
    "refresh_tokens",
)


def upgrade() -> None:
    if not is_postgres():
        return
    for table in OWNED:
        protect(table)
    protect("users", own=f"id = (SELECT auth.uid()) AND tenant_id = {TENANT_OF_CALLER}")
    protect("tenants", own=f"id = {TENANT_OF_CALLER}", user_may="SELECT")
    protect("key_erasures", own="owner_id = (SELECT auth.uid())", user_may="INSERT")
    protect("encryption", user_may="")
    for sequence in ("index_changes_id_seq", "owed_wipes_id_seq"):
        let_count(sequence)
    op.create_table(
        "user_keys",
        sa.Column("user_id", sa.Uuid(), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        schema="memorychat_keys",
    )
    protect("memorychat_keys.user_keys", user_may="")


def downgrade() -> None:
    if not is_postgres():
        return
    op.drop_table("user_keys", schema="memorychat_keys")
    for table in (*OWNED, "users", "tenants", "key_erasures", "encryption"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"DROP POLICY IF EXISTS {table}_own ON {table}")
        op.execute(f"DROP POLICY IF EXISTS {table}_system ON {table}")
