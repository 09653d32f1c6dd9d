"""Postgres keeps samples of no words for its planner, and shows users no process but their own.

`ANALYZE` keeps the commonest values of a column, and some hundred others, until it comes again: words
that are deleted meanwhile stand in `pg_statistic`. A column with statistics 0 is never sampled; what
was sampled before goes when its type is "changed" to what it is, which rewrites nothing.
"""

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from alembic import op

from app.migrations.row_security import TENANT_OF_CALLER, USER, is_postgres

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UNSAMPLED: Final[Mapping[str, tuple[str, ...]]] = {
    "users": ("email", "password_hash", "display_name"),
    "identities": ("subject",),
    "departed_identities": ("owed_subject",),
    "memory_profiles": (
        *("name", "name_key", "description", "persona", "speakers"),
        *("sealed_name", "sealed_description", "sealed_persona", "sealed_speakers"),
    ),
    "chat_sessions": ("title", "summary", "sealed_title", "sealed_summary"),
    "chat_messages": ("name", "content", "sealed_name", "sealed_content"),
    "memories": ("content", "slot", "sealed_content", "sealed_slot"),
    "memory_versions": ("content", "sealed_content"),
    "documents": (
        *("title", "digest", "file_key"),
        *("sealed_title", "sealed_digest", "sealed_file_key"),
    ),
    "document_chunks": ("content", "sealed_content"),
    "document_files": ("content",),
    "api_keys": ("name", "sealed_name"),
    "index_points": ("dense", "stems", "speaker"),
    "index_words": ("stem",),
}
"""The last two are there only where the extension is; vectors and hashes tell of words as well."""

HOLDS_THEIRS: Final = (
    "EXISTS (SELECT 1 FROM held_sessions AS held WHERE held.process_id = processes.id"  # noqa: S608 - nobody gives any of it
    f" AND held.user_id = (SELECT auth.uid()) AND held.tenant_id = {TENANT_OF_CALLER})"
)

_TYPES: Final = sa.text(
    "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
    " WHERE attrelid = to_regclass(:name) AND attname = ANY(:columns)"
)


def upgrade() -> None:
    if not is_postgres():
        return
    for table, columns in UNSAMPLED.items():
        for name, kind in _types(table, columns).items():
            op.execute(
                f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS 0,"
                f" ALTER COLUMN {name} TYPE {kind}"
            )
    op.execute("DROP POLICY processes_own ON processes")
    op.execute(f"REVOKE ALL ON processes FROM {USER}")
    op.execute(
        f"CREATE POLICY processes_own ON processes FOR SELECT TO {USER} USING ({HOLDS_THEIRS})"
    )
    op.execute(f"GRANT SELECT (id, alive_until) ON processes TO {USER}")


def downgrade() -> None:
    if not is_postgres():
        return
    for table, columns in UNSAMPLED.items():
        for name in _types(table, columns):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {name} SET STATISTICS -1")
    op.execute("DROP POLICY processes_own ON processes")
    op.execute(f"CREATE POLICY processes_own ON processes FOR SELECT TO {USER} USING (true)")
    op.execute(f"GRANT SELECT ON processes TO {USER}")


def _types(table: str, columns: tuple[str, ...]) -> Mapping[str, str]:
    """The columns that are there, each with its type."""
    values = {"name": f"public.{table}", "columns": list(columns)}
    return {row.attname: row.type for row in op.get_bind().execute(_TYPES, values)}
