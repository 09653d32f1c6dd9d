import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from app.adapters.sql.engines import open_engines
from app.adapters.sql.migrate import MIGRATIONS, head, migrate
from app.adapters.sql.tables import metadata

CANARY = "Zyrafa7731"
BREAKS = """
from alembic import op

revision = "9999"
down_revision = "{down}"


def upgrade():
    op.execute("UPDATE tenants SET name = 'half-way'")
    op.execute("ALTER TABLE users ADD COLUMN half_way TEXT")
    op.execute("DROP TABLE memories")
    raise ValueError("no further")
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "memorychat.db"


@pytest.fixture
def engine(database: Path) -> Iterator[Engine]:
    engines = open_engines(f"sqlite:///{database}")
    yield engines.writer
    engines.writer.dispose()
    engines.reader.dispose()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The migrations, and one more that gives up half-way."""
    scripts = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_breaks.py").write_text(BREAKS.format(down=head()))
    return scripts


def schema(database: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def names(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM tenants")]


def test_an_empty_database_becomes_what_the_models_say(engine: Engine) -> None:
    assert migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_indexes_say_for_which_rows_they_hold(engine: Engine) -> None:
    migrate(engine)

    with engine.connect() as connection:
        built = {
            (table, index["name"]): str(index["dialect_options"]["sqlite_where"])
            for table in metadata.tables
            for index in inspect(connection).get_indexes(table)
            if "sqlite_where" in index.get("dialect_options", {})
        }
    modelled = {
        (table.name, index.name): str(index.dialect_options["sqlite"]["where"])
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["sqlite"]["where"] is not None
    }
    assert built == modelled
    assert len(built) == 7


def test_head_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert [head()] == ScriptDirectory.from_config(config).get_heads()


def test_the_second_run_changes_nothing(engine: Engine, database: Path) -> None:
    migrate(engine)
    before = schema(database), names(database)

    assert not migrate(engine)

    assert (schema(database), names(database)) == before
    assert len(before[1]) == 1


def test_a_first_run_needs_no_backup(engine: Engine, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"

    migrate(engine, backup=backup)

    assert not backup.exists()


def test_a_migration_that_fails_leaves_the_data_and_a_backup_of_it(
    engine: Engine, database: Path, tmp_path: Path, broken: Path
) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE tenants SET name = :name"), {"name": CANARY})
    before = schema(database)
    backup = tmp_path / "backup.db"

    for _ in range(2):
        with pytest.raises(ValueError, match="no further"):
            migrate(engine, backup=backup, scripts=broken)

        assert schema(database) == schema(backup) == before
        assert names(database) == names(backup) == [CANARY]
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_backup_does_not_outlive_the_need_for_it(
    engine: Engine, tmp_path: Path, broken: Path
) -> None:
    migrate(engine)
    backup = tmp_path / "backup.db"
    with pytest.raises(ValueError, match="no further"):
        migrate(engine, backup=backup, scripts=broken)

    assert not migrate(engine, backup=backup), "the former version is started again"

    assert not backup.exists(), "what is forgotten from now on would live on in it"


def test_the_file_forgets_what_is_deleted(engine: Engine) -> None:
    migrate(engine)

    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("secure_delete", "foreign_keys", "journal_mode")
        }
    assert pragmas == {"secure_delete": 1, "foreign_keys": 1, "journal_mode": "wal"}
