import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate(engine: Engine, *, backup: Path | None = None) -> bool:
    """True when the schema was behind and has been brought to head, False when it was there.

    Args:
        engine: the writing engine.
        backup: where a SQLite file is copied to first, since SQLite cannot roll back all DDL; an
            older copy is replaced. None for no copy.
    """
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if current == head:
        return False
    if backup is not None and current is not None:
        _copy_sqlite(engine, backup)
    with engine.begin() as connection:
        upgrade(connection)
    return True


def upgrade(connection: Connection) -> None:
    """The schema behind this connection is at head."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy_sqlite(engine: Engine, target: Path) -> None:
    target.unlink(missing_ok=True)
    database = engine.url.database
    if database is None:
        return
    with sqlite3.connect(database) as source:
        source.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)
