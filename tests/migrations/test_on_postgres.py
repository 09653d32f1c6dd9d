"""The same migrations on Postgres: transactional, and one process at a time."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect

from app.adapters.pgvector_schema import TABLES
from app.adapters.sql.migrate import MIGRATIONS, head, migrate
from app.adapters.sql.postgres_engine import open_unbound
from app.adapters.sql.tables import metadata
from app.core.errors import StartRefused
from app.core.storage import postgres_engines
from tests.migrations.test_migrations import BREAKS
from tests.support.database import LIMITS, PostgresSite, prepared
from tests.support.postgres import Postgres


@pytest.fixture
def site(postgres: Postgres) -> Iterator[PostgresSite]:
    """A database that is prepared, and empty."""
    name = prepared(postgres)
    yield PostgresSite(postgres, name)
    postgres.drop(name)


@pytest.fixture
def engine(site: PostgresSite) -> Iterator[Engine]:
    opened = open_unbound(site.url, LIMITS)
    yield opened
    opened.dispose()


def everything(site: PostgresSite) -> list[tuple[object, ...]]:
    """Every column, index and policy that there is, and every tenant."""
    execute = site.postgres.execute
    columns = (
        "SELECT table_schema, table_name, column_name, data_type, column_default, is_nullable"
        " FROM information_schema.columns"
        " WHERE table_schema IN ('public', 'memorychat_keys') ORDER BY 1, 2, 3"
    )
    indexes = (
        "SELECT indexdef FROM pg_indexes"
        " WHERE schemaname IN ('public', 'memorychat_keys') ORDER BY 1"
    )
    policies = "SELECT tablename, policyname, qual FROM pg_policies ORDER BY 1, 2"
    tenants = "SELECT id::text, name FROM tenants"
    return [
        row
        for statement in (columns, indexes, policies, tenants)
        for row in execute(statement, database=site.name)
    ]


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """The index in Postgres has types that SQLAlchemy does not know."""
    return kind != "table" or name not in TABLES


def test_an_empty_database_becomes_what_the_models_say(engine: Engine) -> None:
    assert migrate(engine)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_modelled})
        assert compare_metadata(context, metadata) == []


def test_indexes_say_for_which_rows_they_hold(engine: Engine) -> None:
    migrate(engine)

    with engine.connect() as connection:
        built = {
            (table, index["name"])
            for table in metadata.tables
            for index in inspect(connection).get_indexes(table)
            if "postgresql_where" in index.get("dialect_options", {})
        }
    assert built == {
        (table.name, index.name)
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options["postgresql"]["where"] is not None
    }


def test_the_second_run_changes_nothing(engine: Engine, site: PostgresSite) -> None:
    migrate(engine)
    before = everything(site)

    assert not migrate(engine)

    assert everything(site) == before


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The migrations, and one more that gives up half-way."""
    scripts = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_breaks.py").write_text(
        BREAKS.format(down=head()).replace("memories", "memory_versions")
    )
    return scripts


def test_a_migration_that_fails_half_way_leaves_nothing(
    engine: Engine, site: PostgresSite, broken: Path
) -> None:
    migrate(engine)
    before = everything(site)

    for _ in range(2):
        with pytest.raises(ValueError, match="no further"):
            migrate(engine, scripts=broken)

        assert everything(site) == before
    assert not migrate(engine), "the former version goes on"


def test_a_first_migration_that_fails_leaves_an_empty_database(
    engine: Engine, site: PostgresSite, broken: Path
) -> None:
    with pytest.raises(ValueError, match="no further"):
        migrate(engine, scripts=broken)

    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert site.postgres.execute(tables, database=site.name) == [(0,)]
    assert migrate(engine)


def test_of_several_that_start_at_once_one_migrates(site: PostgresSite) -> None:
    def start(_number: int) -> bool:
        engine = open_unbound(site.url, LIMITS)
        try:
            return migrate(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(6) as starts:
        assert sorted(starts.map(start, range(6))) == [*[False] * 5, True]


def test_a_migration_does_not_wait_for_long_behind_a_reader(
    engine: Engine, site: PostgresSite, broken: Path
) -> None:
    """Everybody else would wait behind it."""
    for script in (broken / "versions").glob("*.py"):
        if script.name > "0012":
            script.unlink()
    migrate(engine, scripts=broken)

    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("LOCK TABLE memory_jobs IN ROW EXCLUSIVE MODE")
        with pytest.raises(StartRefused, match="slow"):
            postgres_engines(site.url, LIMITS)

    postgres_engines(site.url, LIMITS).writer.dispose()
