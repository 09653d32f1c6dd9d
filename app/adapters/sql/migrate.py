from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

MIGRATIONS = Path(__file__).parents[2] / "migrations"

_LOCK: Final = 0x6D656D6F72796368
"""Of Postgres, under which one process at a time migrates: the letters "memorych"."""
_LOCK_TIMEOUT: Final = "5s"
"""Rather than to keep everybody waiting behind it, a migration fails, and can be tried again."""


def migrate(engine: Engine, *, backup: Path | None = None, scripts: Path = MIGRATIONS) -> bool:
    """True when the schema was behind and has been brought to head, False when it was there.

    On Postgres in one transaction, so that one that fails leaves nothing; of several processes that
    start at once, one does it and the others wait for that.

    Args:
        engine: the writing engine, of Postgres the one whose transactions are nobody's.
        backup: where a SQLite file is copied to meanwhile, since SQLite cannot roll back all DDL.
            It is there only after a failure: what is forgotten later must not live on in it.
        scripts: Alembic's folder.
    """
    with engine.connect() as connection:
        current = current_revision(connection)
    if is_behind := current != head(scripts):
        if backup is not None and current is not None:
            _copy_sqlite(engine, backup)
        with engine.begin() as connection:
            is_behind = _guarded_upgrade(connection, scripts=scripts)
    if backup is not None:
        backup.unlink(missing_ok=True)
    return is_behind


def head(scripts: Path = MIGRATIONS) -> str:
    """The newest revision, which stands at the head of its file's name.

    Read without Alembic, whose import takes 0.4 s and 14 MiB that most starts do not need.
    """
    return max(file.name.split("_")[0] for file in (scripts / "versions").glob("[0-9]*_*.py"))


def upgrade(connection: Connection, *, scripts: Path = MIGRATIONS) -> None:
    """The schema behind this connection is at head."""
    from alembic import command  # noqa: PLC0415 - see `head`
    from alembic.config import Config  # noqa: PLC0415 - see `head`

    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _guarded_upgrade(connection: Connection, *, scripts: Path) -> bool:
    """Whether nobody else had brought it to head meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if current_revision(connection) == head(scripts):
            return False
        connection.execute(
            text("SELECT set_config('lock_timeout', :s, true)"), {"s": _LOCK_TIMEOUT}
        )
    upgrade(connection, scripts=scripts)
    return True


def current_revision(connection: Connection) -> str | None:
    """The revision of the schema; None when there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _copy_sqlite(engine: Engine, target: Path) -> None:
    """Through the engine, so that the copy of an encrypted file is encrypted."""
    if engine.url.database is None:
        return
    target.unlink(missing_ok=True)
    with closing(engine.raw_connection()) as source:
        source.cursor().execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
