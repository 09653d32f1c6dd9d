import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.adapters.memory_index import NumpyIndex
from app.adapters.qdrant_edge import QdrantEdgeIndex
from app.models.actor import SYSTEM
from app.ports.database import Database
from app.ports.vector_index import VectorIndex
from tests.support.database import Owner, a_database, add_owner, at_head
from tests.support.points import DIMS


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


@pytest.fixture(params=["edge", "numpy"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[VectorIndex]:
    """Each engine in turn, empty."""
    if request.param == "edge":
        edge = QdrantEdgeIndex(tmp_path / "index", dims=DIMS)
        yield edge
        await edge.close()
    else:
        yield NumpyIndex()
