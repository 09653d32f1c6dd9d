"""How a SQLite file is opened, and its log emptied."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, QueuePool

from app.adapters.sql.sqlcipher import driver, unlock

SQLITE_READERS = 4
SQLITE_BUSY_TIMEOUT_S = 5.0
SCRUB_BUSY_TIMEOUT_S = 0.3
"""Short, since whoever wants to write waits meanwhile."""


def open_sqlite(url: str, *, key: bytes | None = None) -> tuple[Engine, Engine]:
    """Engines for one file: a single writing connection, and a pool that only reads.

    Several SQLite writers make p99 five times worse, so there is one, and it takes its lock at
    BEGIN instead of upgrading half-way.

    Args:
        url: of the database.
        key: what the whole file is encrypted with; None when it is not.

    Raises:
        StartRefused: there is a key, and no SQLCipher.
    """
    reader = _sqlite_engine(
        url, key=key, pool_size=SQLITE_READERS, begin="BEGIN", pragmas=("query_only = ON",)
    )
    return _sqlite_engine(url, key=key), reader


def scrub(engine: Engine) -> bool:
    """Whether deleted bytes are gone: from the file by `secure_delete`, and here from its log.

    A log that somebody reads stays as it is, which SQLite tells in a row and not as an error.
    """
    with closing(engine.raw_connection()) as connection:
        return truncate_log(connection)


def truncate_log(connection: PoolProxiedConnection) -> bool:
    """Whether everything stands in the file itself now, and the log is empty."""
    cursor = connection.cursor()
    _wait_at_most(cursor, SCRUB_BUSY_TIMEOUT_S)
    try:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        outcome = cursor.fetchone()
    finally:
        _wait_at_most(cursor, SQLITE_BUSY_TIMEOUT_S)
    return outcome is not None and not outcome[0]


def open_key_file(file: Path) -> Engine:
    """The file of users' keys: every commit is on disk, and what is deleted leaves nothing behind."""
    return _sqlite_engine(f"sqlite:///{file}", journal="DELETE", pragmas=("synchronous = EXTRA",))


def _sqlite_engine(
    url: str,
    *,
    key: bytes | None = None,
    pool_size: int = 1,
    begin: str = "BEGIN IMMEDIATE",
    journal: str = "WAL",
    pragmas: tuple[str, ...] = (),
) -> Engine:
    engine = create_engine(
        url,
        module=driver() if key else sqlite3,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": SQLITE_BUSY_TIMEOUT_S},
    )
    if key:
        unlock(engine, key)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        _prepare_sqlite(connection, journal=journal, further=pragmas)

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: object) -> None:
        connection.exec_driver_sql(begin)  # type: ignore[attr-defined]

    return engine


def _prepare_sqlite(connection: Any, *, journal: str, further: tuple[str, ...]) -> None:
    """Durable in its mode, deleting overwrites, and `lower` knows more than ASCII."""
    connection.isolation_level = None
    connection.create_function("lower", 1, _lower, deterministic=True)
    for pragma in (
        f"journal_mode = {journal}",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "temp_store = MEMORY",
        *further,
    ):
        connection.execute(f"PRAGMA {pragma}")


def _wait_at_most(cursor: DBAPICursor, timeout_s: float) -> None:
    cursor.execute(f"PRAGMA busy_timeout = {int(timeout_s * 1000)}")


def _lower(text: str | None) -> str | None:
    return text.lower() if text is not None else None
