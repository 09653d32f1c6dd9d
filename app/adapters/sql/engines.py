"""How each dialect is opened. The only module, besides migrations, that asks which one it is."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.adapters.sql import sqlite_engine
from app.adapters.sql.postgres_limits import PostgresLimits
from app.adapters.sql.sqlite_engine import SQLITE_READERS, open_sqlite
from app.adapters.sql.sqlite_medium import SqliteFile
from app.adapters.sql.trouble import Trouble
from app.models.actor import SYSTEM


class Medium(Protocol):
    """What a database stands on: a file, or a server."""

    @property
    def erases_bytes(self) -> bool:
        """Whether a wipe takes away bytes, and not rows only."""
        ...

    def trouble_of(self, error: DBAPIError) -> Trouble:
        """What an error of the driver stands for."""
        ...

    def scrub(self) -> bool:
        """Whether what was deleted is gone, as far as that takes no time."""
        ...

    def wipe(self, first: int) -> int | None:
        """Where to go on, None at the end; some of what was deleted is gone for good, from `first` on.

        Raises:
            BlockingIOError: somebody reads it.
            OSError: a file cannot be written.
        """
        ...

    def try_writing(self) -> Trouble | None:
        """What keeps it from being written; None when something could be."""
        ...

    def close(self) -> None:
        """Files and connections are let go."""
        ...


@dataclass(frozen=True, slots=True)
class Engines:
    """Where to write and where to read, and how many threads may do so at a time."""

    writer: Engine
    """Of transactions that say on whose behalf they are; see `SqlStore`."""
    reader: Engine
    system: Engine
    """The writer, on behalf of the installation itself."""
    medium: Medium
    writers: int
    readers: int | None
    """None when the same threads read."""
    exclusive: bool
    """Whether no other process can have the database open."""

    def close(self) -> None:
        """Files and connections are let go."""
        self.reader.dispose()
        self.writer.dispose()
        self.medium.close()


def open_engines(
    url: str, *, key: bytes | None = None, limits: PostgresLimits | None = None
) -> Engines:
    """Engines for one database.

    Args:
        url: of a SQLite file, or of a Postgres.
        key: what the whole file is encrypted with; None when it is not.
        limits: of a Postgres; None for the usual ones.

    Raises:
        StartRefused: there is a key, and no SQLCipher.
        ValueError: the URL names a database that is not supported.
    """
    if is_postgres(url):
        return _postgres_engines(url, limits or PostgresLimits())
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"unsupported database: {parsed.get_backend_name()}")
    writer, reader = open_sqlite(url, key=key)
    return Engines(
        writer,
        reader,
        system=writer,
        medium=SqliteFile(writer, Path(parsed.database or ""), is_encrypted=key is not None),
        writers=1,
        readers=SQLITE_READERS,
        exclusive=True,
    )


def is_postgres(url: str) -> bool:
    """Whether the address is one of a Postgres."""
    return url.split("://", 1)[0].split("+", 1)[0] in {"postgres", "postgresql"}


def scrub(engine: Engine) -> None:
    """What was deleted is gone from a SQLite file's log; a server's log is its own."""
    if engine.dialect.name == "sqlite":
        sqlite_engine.scrub(engine)


def rewrite(engine: Engine) -> None:
    """Every table is written anew, so that nothing is left of what was overwritten in it."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM")
        return
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM FULL"))


def rewrite_keys(engine: Engine) -> None:
    """The keys' table is written anew, so that nothing is left in it of how they were wrapped before.

    A file of keys has overwritten that already.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.execute(text("VACUUM FULL memorychat_keys.user_keys"))


def open_key_file(file: Path) -> Engine:
    """The file of users' keys: every commit is on disk, and what is deleted leaves nothing behind."""
    return sqlite_engine.open_key_file(file)


def open_key_schema(url: str, limits: PostgresLimits) -> Engine:
    """The schema of users' keys, over a connection of its own: a transaction under way waits for it."""
    from app.adapters.sql.postgres_engine import open_postgres  # noqa: PLC0415 - as below

    engine, _ = open_postgres(url, replace(limits, connections=1))
    schema = {None: "memorychat_keys"}
    return engine.execution_options(actor=SYSTEM, schema_translate_map=schema)


def _postgres_engines(url: str, limits: PostgresLimits) -> Engines:
    from app.adapters.sql.postgres_engine import (  # noqa: PLC0415 - a driver that SQLite saves
        open_postgres,
        open_unbound,
    )
    from app.adapters.sql.postgres_medium import PostgresServer  # noqa: PLC0415 - the same

    writer, reader = open_postgres(url, limits)
    return Engines(
        writer,
        reader,
        system=writer.execution_options(actor=SYSTEM),
        medium=PostgresServer(open_unbound(url, limits)),
        writers=limits.connections,
        readers=None,
        exclusive=False,
    )
