"""Indexes in a real Postgres with pgvector."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.adapters.pgvector_index import PgvectorIndex
from app.adapters.pgvector_opening import open_pgvector
from app.adapters.pgvector_schema import TABLES
from tests.support.database import PostgresSite

FORM = "test-1"


@asynccontextmanager
async def an_empty_pgvector(
    site: PostgresSite, *, form: str = FORM
) -> AsyncIterator[PgvectorIndex]:
    """An index in a database at head, without a point."""
    index = open_pgvector(site.url, form=form)
    site.postgres.execute(f"truncate {', '.join(TABLES)}", database=site.name)
    try:
        yield index
    finally:
        await index.close()
