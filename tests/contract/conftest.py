from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.adapters.memory_index import NumpyIndex
from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.models.actor import SYSTEM
from app.ports.database import Database
from app.ports.vector_index import VectorIndex
from tests.support.database import (
    Owner,
    PostgresSite,
    Site,
    SqliteSite,
    add_owner,
    at_head,
    postgres_at_head,
)
from tests.support.points import DIMS
from tests.support.postgres import Postgres
from tests.support.postgres_index import an_empty_pgvector
from tests.support.qdrant import a_qdrant_in_memory, a_qdrant_on_a_server


@pytest.fixture
def sqlite_site(tmp_path: Path) -> Site:
    """A SQLite file, its schema at head."""
    at_head(tmp_path)
    return SqliteSite(tmp_path)


@pytest.fixture(scope="session")
def emptied_site(postgres: Postgres) -> Iterator[PostgresSite]:
    """A Postgres that is emptied after each test: none of them may change its schema."""
    with postgres.a_database(template=postgres_at_head(postgres)) as name:
        yield PostgresSite(postgres, name)


@pytest.fixture
def postgres_site(emptied_site: PostgresSite) -> Iterator[PostgresSite]:
    """A Postgres, its schema at head."""
    yield emptied_site
    emptied_site.empty()


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest) -> Site:
    """Each engine in turn. A further one is another parameter."""
    found: Site = request.getfixturevalue(f"{request.param}_site")
    return found


@pytest.fixture
async def database(site: Site) -> AsyncIterator[Database]:
    """A store over each engine in turn."""
    async with site.open() as opened:
        yield opened


@pytest.fixture
async def ann(database: Database) -> Owner:
    """Somebody."""
    return await database.write(add_owner, by=SYSTEM)


@pytest.fixture
async def ben(database: Database) -> Owner:
    """Somebody else."""
    return await database.write(add_owner, by=SYSTEM)


@pytest.fixture(scope="session")
def vectors_site(postgres: Postgres) -> Iterator[PostgresSite]:
    """A Postgres whose index is emptied for each test."""
    with postgres.a_database(template=postgres_at_head(postgres)) as name:
        yield PostgresSite(postgres, name)


@pytest.fixture(params=["edge", "numpy", "pgvector", "qdrant-memory", "qdrant-server"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorIndex]:
    """Each engine in turn, empty."""
    match request.param:
        case "edge":
            edge = QdrantEdgeIndex(tmp_path / "index", dims=DIMS)
            yield edge
            await edge.close()
        case "pgvector":
            site = request.getfixturevalue("vectors_site")
            async with an_empty_pgvector(site) as pgvector:
                yield pgvector
        case "qdrant-memory":
            async with a_qdrant_in_memory() as in_memory:
                yield in_memory
        case "qdrant-server":
            async with a_qdrant_on_a_server() as on_server:
                yield on_server
        case _:
            yield NumpyIndex()
