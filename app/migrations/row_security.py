"""Row-level security on Postgres, in Supabase's style. SQLite has none: there, nothing is done.

Every table with somebody's rows is protected by the migration that makes it: a test walks them all.
A migration that reads or changes rows does so after `SET LOCAL ROLE memorychat_system`: the role that
owns the tables is shown none.
"""

from typing import Final

from alembic import op

USER: Final = "authenticated"
SYSTEM: Final = "memorychat_system"

_TENANT: Final = (
    "(SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb"
    " ->> 'tenant_id')::uuid)"
)
_OWN: Final = f"user_id = (SELECT auth.uid()) AND tenant_id = {_TENANT}"


def is_postgres() -> bool:
    """Whether the migration runs on Postgres."""
    return bool(op.get_bind().dialect.name == "postgresql")


def protect(table: str, *, own: str = _OWN, user_may: str = "ALL") -> None:
    """One user is shown and gives their own rows only, and the system all of them.

    Args:
        table: with `user_id` and `tenant_id` unless `own` says otherwise.
        own: the condition that makes a row the caller's.
        user_may: which statement users may make; "ALL" for any, "" for none.
    """
    if not is_postgres():
        return
    name = table.split(".")[-1]
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"REVOKE ALL ON {table} FROM PUBLIC")
    if user_may:
        grants = "SELECT, INSERT, UPDATE, DELETE" if user_may == "ALL" else user_may
        conditions = {"SELECT": f"USING ({own})", "INSERT": f"WITH CHECK ({own})"}
        both = f"USING ({own}) WITH CHECK ({own})"
        op.execute(
            f"CREATE POLICY {name}_own ON {table} FOR {user_may} TO {USER}"
            f" {conditions.get(user_may, both)}"
        )
        op.execute(f"GRANT {grants} ON {table} TO {USER}")
    op.execute(
        f"CREATE POLICY {name}_system ON {table} FOR ALL TO {SYSTEM} USING (true) WITH CHECK (true)"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {SYSTEM}")


def let_count(sequence: str) -> None:
    """Rows of a table that numbers them can be added."""
    if is_postgres():
        op.execute(f"GRANT USAGE ON SEQUENCE {sequence} TO {USER}, {SYSTEM}")


TENANT_OF_CALLER: Final = _TENANT
