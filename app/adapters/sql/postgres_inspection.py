"""A Postgres, looked into without changing it, also while servers use it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from app.adapters.sql.inspection import dead_letters, lateness, schema_finding
from app.adapters.sql.migrate import current_revision
from app.adapters.sql.postgres_engine import SYSTEM_ROLE, open_unbound
from app.adapters.sql.postgres_limits import PostgresLimits
from app.adapters.sql.postgres_rights import require_rights, require_row_security, require_whole
from app.core.errors import StartRefused
from app.models.finding import Finding, Verdict, fine, size_of, trouble
from app.models.process import ProcessRole

_BECOME: Final = text("SELECT set_config('role', :role, true)")
_DEAD: Final = text(
    "SELECT coalesce(error, 'unknown'), count(*), max(finished_at) FROM memory_jobs"
    " WHERE state = 'failed' GROUP BY 1 ORDER BY 2 DESC"
)
_WAITING: Final = text(
    "SELECT count(*), min(run_at) FROM memory_jobs WHERE state IN ('pending', 'running')"
)
_CHANGES: Final = text("SELECT count(*) FROM index_changes WHERE NOT applied")
_ALIVE: Final = text("SELECT role, count(*) FROM processes WHERE alive_until > now() GROUP BY role")
_FILES: Final = text("SELECT count(*), coalesce(sum(octet_length(content)), 0) FROM document_files")
_CONNECTIONS: Final = text(
    "SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity"
)


def inspect_postgres(url: str, limits: PostgresLimits, *, background: bool) -> Iterator[Finding]:
    """Whom row-level security binds, schema, connections, dead letters, and what waits.

    Args:
        url: of the database.
        limits: of its connections.
        background: whether servers with these settings work in the background, beside workers.
    """
    engine = open_unbound(url, limits)
    try:
        require_rights(engine)
        require_whole(engine)
        with engine.connect() as connection:
            schema = schema_finding(current_revision(connection))
        yield schema
        if schema.verdict is Verdict.OK:
            yield from _inside(engine, background=background)
    except StartRefused as error:
        yield trouble("database", str(error), remedy="see instructions.txt, 14")
    except DBAPIError as error:
        yield trouble(
            "database",
            f"cannot be read ({type(error).__name__})",
            remedy="see to the server, and ask again",
        )
    finally:
        engine.dispose()


def _inside(engine: Engine, *, background: bool) -> Iterator[Finding]:
    require_row_security(engine)
    yield fine("row security", "enabled and forced on every table, and binds whoever logs in")
    with engine.connect() as connection:
        connection.execute(_BECOME, {"role": SYSTEM_ROLE})
        yield _connections(connection)
        yield _files(connection)
        yield dead_letters([(row[0], row[1], row[2]) for row in connection.execute(_DEAD)])
        yield _waiting(connection, background=background)


def _connections(connection: Connection) -> Finding:
    used, most = connection.execute(_CONNECTIONS).one()
    if used > 0.9 * most:
        return trouble(
            "connections",
            f"{used} of {most} are used",
            remedy="raise Postgres's max_connections, or lower MEMORYCHAT_DATABASE__CONNECTIONS",
        )
    return fine("connections", f"{used} of {most} are used")


def _files(connection: Connection) -> Finding:
    count, size_bytes = connection.execute(_FILES).one()
    return fine("documents", f"{count} originals in the database, {size_of(size_bytes)}, sealed")


def _waiting(connection: Connection, *, background: bool) -> Finding:
    jobs, oldest = connection.execute(_WAITING).one()
    changes = connection.execute(_CHANGES).scalar_one()
    alive = {row.role: row[1] for row in connection.execute(_ALIVE)}
    if not background and not alive.get(ProcessRole.WORKER):
        detail = (
            f"{jobs} learning jobs and {changes} index changes wait, and no living process works in "
            "the background (MEMORYCHAT_BACKGROUND=false, and no worker)"
        )
        if not (alive or jobs or changes):
            return fine("waiting", detail)
        return trouble(
            "waiting",
            detail,
            remedy="start python main.py worker, or servers without MEMORYCHAT_BACKGROUND=false",
        )
    since: datetime | None = oldest
    return lateness(jobs=jobs, changes=changes, oldest=since, is_served=True)
