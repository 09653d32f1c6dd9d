"""A SQLite file, read without changing it, also while a server has it open."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from app.adapters.sql.migrate import MIGRATIONS, head
from app.adapters.sql.sqlcipher import driver, open_read_only
from app.models.clock import utc_now
from app.models.finding import Finding, Verdict, fine, skipped, trouble

CHECK: Final = "schema"
LATE_S: Final = 3_600


def inspect_database(file: Path, *, is_served: bool, key: bytes | None = None) -> Iterator[Finding]:
    """Schema, integrity, dead letters, and what waits.

    Args:
        file: the database.
        is_served: whether a server has it open, so that nothing should wait for long.
        key: what the whole file is encrypted with; None when it is not.
    """
    damaged = driver().Error if key else sqlite3.Error
    try:
        with closing(_read_only(file, key)) as connection:
            schema = _schema(connection)
            yield schema
            if schema.verdict is Verdict.OK:
                yield _integrity(connection)
                yield _dead_letters(connection)
                yield _waiting_jobs(connection, is_served=is_served)
    except damaged as error:
        yield trouble(
            "database",
            f"cannot be read ({type(error).__name__})",
            remedy="set MEMORYCHAT_DATABASE_KEY if it is encrypted, or to the right key; else restore "
            f"{file} from a backup: python main.py reindex rebuilds the index",
        )


def _read_only(file: Path, key: bytes | None) -> sqlite3.Connection:
    address = f"file:{quote(str(file))}?mode=ro"
    if key is None:
        return sqlite3.connect(address, uri=True, timeout=5)
    opened: sqlite3.Connection = open_read_only(address, key)
    return opened


def _schema(connection: sqlite3.Connection) -> Finding:
    [(revision,)] = connection.execute("SELECT version_num FROM alembic_version")
    return schema_finding(revision)


def schema_finding(revision: str | None) -> Finding:
    """Whether the schema is the newest; None when there is none."""
    newest = head(MIGRATIONS)
    if revision is None:
        return skipped(CHECK, "there is none yet: it is made at the first start")
    if revision == newest:
        return fine(CHECK, f"version {revision}, the newest")
    known = {file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py")}
    if revision in known:
        return trouble(
            CHECK, f"version {revision} of {newest}", remedy="run python main.py migrate, or start"
        )
    return trouble(
        CHECK,
        f"version {revision}, unknown here",
        remedy="a newer MemoryChat wrote it: run that one, or restore a backup from before",
    )


def _integrity(connection: sqlite3.Connection) -> Finding:
    [(found,), *more] = connection.execute("PRAGMA quick_check(10)")
    if found == "ok":
        return fine("integrity", "SQLite finds no damage")
    return trouble(
        "integrity",
        f"SQLite finds {1 + len(more)} or more damaged places",
        remedy="stop the server and restore the database from a backup",
    )


def _dead_letters(connection: sqlite3.Connection) -> Finding:
    rows = connection.execute(
        "SELECT coalesce(error, 'unknown'), count(*), max(finished_at) FROM memory_jobs"
        " WHERE state = 'failed' GROUP BY 1 ORDER BY 2 DESC"
    ).fetchall()
    return dead_letters(rows)


def dead_letters(rows: Sequence[tuple[str, int, object]]) -> Finding:
    """What failed for good: of each error how often, and when last."""
    if not rows:
        return fine("dead letters", "none")
    counts = ", ".join(f"{count} × {error}" for error, count, _ in rows)
    return trouble(
        "dead letters",
        f"learning failed for good: {counts}",
        remedy="see what the model endpoint answers; what was said then is not learnt, but found "
        "by recall; they are shown for 7 days",
    )


def _waiting_jobs(connection: sqlite3.Connection, *, is_served: bool) -> Finding:
    [(count, oldest)] = connection.execute(
        "SELECT count(*), min(run_at) FROM memory_jobs WHERE state IN ('pending', 'running')"
    )
    [(changes,)] = connection.execute("SELECT count(*) FROM index_changes WHERE NOT applied")
    since = datetime.fromisoformat(oldest).replace(tzinfo=UTC) if oldest else None
    return lateness(jobs=count, changes=changes, oldest=since, is_served=is_served)


def lateness(*, jobs: int, changes: int, oldest: datetime | None, is_served: bool) -> Finding:
    """Whether what waits waits for too long.

    Args:
        jobs: learning jobs that are not done.
        changes: that the index does not follow yet.
        oldest: when the first of the jobs was due.
        is_served: whether a server runs, so that nothing should wait for long.
    """
    detail = f"{jobs} learning jobs and {changes} index changes wait"
    if not is_served or oldest is None:
        return fine("waiting", f"{detail}, for a server to run" if jobs or changes else "nothing")
    late_s = (utc_now() - oldest).total_seconds()
    if late_s > LATE_S:
        return trouble(
            "waiting",
            f"{detail}, the oldest for {late_s / 3_600:.0f} h",
            remedy="see the log for 'learning failed', and GET /ready",
        )
    return fine("waiting", detail)
