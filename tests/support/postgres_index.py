"""Indexes in a real Postgres with pgvector."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from app.adapters.pgvector_index import PgvectorIndex
from app.adapters.pgvector_opening import open_pgvector
from app.adapters.pgvector_schema import TABLES
from tests.support.postgres import Postgres

FORM = "test-1"
PASSWORD = "of a test"


@dataclass(frozen=True, slots=True)
class IndexDatabase:
    """A database whose tables belong to a role of the same name, which row-level security holds."""

    server: Postgres
    name: str

    @property
    def url(self) -> str:
        """Where that role logs in."""
        return self.server.url(self.name, user=self.name, password=PASSWORD)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a statement, by the superuser."""
        return self.server.execute(statement, database=self.name)


@contextmanager
def index_database(server: Postgres) -> Iterator[IndexDatabase]:
    """An empty database with pgvector, gone afterwards."""
    with server.a_database() as name:
        server.execute(f"create role {name} login password '{PASSWORD}' nobypassrls")
        database = IndexDatabase(server, name)
        database.execute("create extension vector")
        database.execute(f"grant create, usage on schema public to {name}")
        yield database


@asynccontextmanager
async def an_empty_pgvector(
    database: IndexDatabase, *, form: str = FORM
) -> AsyncIterator[PgvectorIndex]:
    """An index in the database, without a point."""
    index = open_pgvector(database.url, form=form)
    database.execute(f"truncate {', '.join(TABLES)}")
    try:
        yield index
    finally:
        await index.close()
