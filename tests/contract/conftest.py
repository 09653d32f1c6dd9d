import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.adapters.memory_index import NumpyIndex
from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.models.actor import SYSTEM
from app.ports.database import Database
from app.ports.vector_index import VectorIndex
from tests.support.database import Owner, a_database, add_owner, at_head
from tests.support.points import DIMS
from tests.support.postgres import Postgres
from tests.support.postgres_index import IndexDatabase, an_empty_pgvector, index_database
from tests.support.qdrant import a_qdrant_in_memory, a_qdrant_on_a_server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at head that nobody opens."""
    return at_head(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(params=["sqlite"])
async def database(
    request: pytest.FixtureRequest, migrated: Path, tmp_path: Path
) -> AsyncIterator[Database]:
    """Each engine in turn, its schema at head. A further one is another parameter."""
    shutil.copy(migrated, tmp_path)
    async with a_database(tmp_path) as opened:
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
def vectors_database(postgres: Postgres) -> Iterator[IndexDatabase]:
    """A database with pgvector."""
    with index_database(postgres) as database:
        yield database


@pytest.fixture(params=["edge", "numpy", "pgvector", "qdrant-memory", "qdrant-server"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorIndex]:
    """Each engine in turn, empty."""
    match request.param:
        case "edge":
            edge = QdrantEdgeIndex(tmp_path / "index", dims=DIMS)
            yield edge
            await edge.close()
        case "pgvector":
            database = request.getfixturevalue("vectors_database")
            async with an_empty_pgvector(database) as pgvector:
                yield pgvector
        case "qdrant-memory":
            async with a_qdrant_in_memory() as in_memory:
                yield in_memory
        case "qdrant-server":
            async with a_qdrant_on_a_server() as on_server:
                yield on_server
        case _:
            yield NumpyIndex()
