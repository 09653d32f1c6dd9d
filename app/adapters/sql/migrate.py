from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate(engine: Engine, *, backup: Path | None = None, scripts: Path = MIGRATIONS) -> bool:
    """True when the schema was behind and has been brought to head, False when it was there.

    Args:
        engine: the writing engine.
        backup: where a SQLite file is copied to meanwhile, since SQLite cannot roll back all DDL.
            It is there only after a failure: what is forgotten later must not live on in it.
        scripts: Alembic's folder.
    """
    with engine.connect() as connection:
        current = _current(connection)
    if is_behind := current != head(scripts):
        if backup is not None and current is not None:
            _copy_sqlite(engine, backup)
        with engine.begin() as connection:
            upgrade(connection, scripts=scripts)
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


def _current(connection: Connection) -> str | None:
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
