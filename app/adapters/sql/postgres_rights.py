"""Whether a Postgres may be used as it is: row-level security must bind whoever logs in."""

from typing import Any, Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.postgres_engine import SYSTEM_ROLE, USER_ROLE
from app.adapters.sql.postgres_errors import POOLER_REFUSES, state_of, trouble_of
from app.adapters.sql.trouble import Trouble
from app.core.errors import StartRefused

MOVE_UNDER_WAY: Final = "public.move_under_way"
"""Is there while an installation is moved to the database, and when that was cut."""

_SCRIPT: Final = "app/migrations/roles.sql"
_HOW: Final = (
    f"Run {_SCRIPT} once as whoever administers the database, and log in as memorychat: see "
    "instructions.txt."
)
_OLDEST: Final = 150_000

_WHO: Final = text(
    "SELECT current_user AS name, rolsuper, rolbypassrls,"
    " current_setting('server_version_num')::int AS version,"
    " current_setting('server_encoding') AS encoding,"
    " lower('Å') = 'å' AS knows_letters,"
    " current_setting('transaction_read_only')::bool AS read_only"
    " FROM pg_roles WHERE rolname = current_user"
)
_PREPARED: Final = text(
    "SELECT to_regprocedure('auth.uid()') IS NOT NULL"
    " AND to_regnamespace('memorychat_keys') IS NOT NULL"
    " AND has_schema_privilege('public', 'CREATE')"
)
_BECOMES: Final = text(
    "SELECT rolname, rolbypassrls OR rolsuper AS unbound,"
    " pg_has_role(current_user, oid, 'MEMBER') AS may"
    " FROM pg_roles WHERE rolname = ANY(:roles)"
)
_UNPROTECTED: Final = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    " AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
    " AND relname <> 'alembic_version' AND NOT (relrowsecurity AND relforcerowsecurity)"
    " ORDER BY relname"
)
_IS_MOVE_UNDER_WAY: Final = text(f"SELECT to_regclass('{MOVE_UNDER_WAY}') IS NOT NULL")


def require_rights(engine: Engine) -> None:
    """Returns when whoever logs in is bound by row-level security, and may do what it has to.

    Raises:
        StartRefused: what is wrong, and what to do.
    """
    with refusing(), engine.connect() as connection:
        who = connection.execute(_WHO).one()
        _require_bound(who)
        _require_server(who)
        _require_roles(connection, who.name)
        if not connection.execute(_PREPARED).scalar():
            raise StartRefused(f"DATABASE_URL: the database is not prepared for MemoryChat. {_HOW}")


def require_row_security(engine: Engine) -> None:
    """Returns when row-level security is enabled and forced on every table of ours.

    Raises:
        StartRefused: it is not.
    """
    with refusing(), engine.connect() as connection:
        open_tables = list(connection.execute(_UNPROTECTED).scalars())
    if open_tables:
        raise StartRefused(
            f"Row-level security is not enabled and forced on {', '.join(open_tables)}: for each, "
            "ALTER TABLE … ENABLE ROW LEVEL SECURITY, and FORCE ROW LEVEL SECURITY."
        )


def require_whole(engine: Engine) -> None:
    """Returns when no move to the database is under way.

    Raises:
        StartRefused: one is, or was cut.
    """
    with refusing(), engine.connect() as connection:
        if is_move_under_way(connection):
            raise StartRefused(
                "DATABASE_URL: an installation is being moved to this database, or was until that was "
                "cut, and only part of it is there: run the same python main.py move again, to its end."
            )


def is_move_under_way(connection: Connection) -> bool:
    """Whether a move to the database has begun, and did not end."""
    return bool(connection.execute(_IS_MOVE_UNDER_WAY).scalar())


class refusing:  # noqa: N801 - reads as a statement, as `suppress` does
    """What Postgres raises meanwhile is StartRefused, with what to do about it."""

    def __enter__(self) -> None:
        """Nothing has happened yet."""

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        """Translates an error of the driver, and leaves others alone."""
        if isinstance(error, DBAPIError):
            raise StartRefused(advice_on(error)) from None


def advice_on(error: DBAPIError) -> str:
    """What to do about an error of the driver."""
    state = state_of(error) or ""
    trouble = trouble_of(error)
    if state.startswith("28"):
        return "DATABASE_URL: Postgres refuses the user or its password: set the right ones."
    if state == "3D000":
        return "DATABASE_URL: there is no database of that name: create it, or set another."
    if state == "42501":
        return f"DATABASE_URL: its user lacks a right on the database. {_HOW}"
    if state == POOLER_REFUSES:
        return (
            "DATABASE_URL: the pooler before Postgres does not let it be used as it has to be: set "
            'PgBouncer\'s pool_mode to transaction or session, and leave "options" out of the address.'
        )
    if trouble is Trouble.GONE or (trouble is Trouble.SLOW and not state):
        return "DATABASE_URL: no Postgres answers there, or not in time: start it, or set another."
    if trouble is Trouble.CROWDED:
        return (
            "DATABASE_URL: Postgres takes no further connection: raise its max_connections, or lower "
            "MEMORYCHAT_DATABASE__CONNECTIONS."
        )
    return (
        f"DATABASE_URL: Postgres cannot be used as it is ({trouble}, SQLSTATE {state or 'none'})."
    )


def _require_bound(who: Any) -> None:
    if who.rolsuper or who.rolbypassrls:
        what = "a superuser" if who.rolsuper else "a role with BYPASSRLS"
        raise StartRefused(
            f"DATABASE_URL logs in as {who.name}, which is {what}: row-level security does not bind "
            f"it, and users would be kept apart by nothing but our own queries. {_HOW}"
        )


def _require_server(who: Any) -> None:
    if who.version < _OLDEST:
        raise StartRefused("DATABASE_URL: this Postgres is older than 15: upgrade it.")
    if who.encoding != "UTF8":
        raise StartRefused(
            f"DATABASE_URL: the database is encoded in {who.encoding}: create one with ENCODING UTF8."
        )
    if not who.knows_letters:
        raise StartRefused(
            "DATABASE_URL: the database's locale knows ASCII letters only, so that words would not be "
            "found whatever their case: create it with a UTF-8 locale, such as C.UTF-8."
        )
    if who.read_only:
        raise StartRefused(
            "DATABASE_URL: this Postgres only reads, as a standby does: set the primary's address."
        )


def _require_roles(connection: Connection, name: str) -> None:
    found = {
        row.rolname: row
        for row in connection.execute(_BECOMES, {"roles": [USER_ROLE, SYSTEM_ROLE]})
    }
    for role in (USER_ROLE, SYSTEM_ROLE):
        if role not in found or not found[role].may:
            raise StartRefused(f"DATABASE_URL: {name} may not become {role}. {_HOW}")
        if found[role].unbound:
            raise StartRefused(
                f"The role {role} has BYPASSRLS or is a superuser, so that row-level security does "
                f"not bind it: ALTER ROLE {role} NOBYPASSRLS NOSUPERUSER."
            )
