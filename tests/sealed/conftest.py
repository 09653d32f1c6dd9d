"""What other tests say holds as well when everything at rest is encrypted."""

import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from app.models.actor import SYSTEM
from app.ports.database import Database
from tests.support.at_rest import encrypted
from tests.support.database import Owner, Site, SqliteSite, a_cipher, add_owner, at_head
from tests.support.server import Server


@pytest.fixture(scope="session")
def keys() -> Mapping[str, str]:
    """The variables that the server's keys stand in."""
    return encrypted(file=True)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, keys: Mapping[str, str]) -> Iterator[Server]:
    """A server whose words are under keys of their owners, in a file that is under a key."""
    environment = {"MEMORYCHAT_RATE_LIMITS__ENABLED": "false", **keys}
    with Server(tmp_path_factory.mktemp("sealed"), environment) as running:
        yield running


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a SQLite file at head, and no key in the other one."""
    folder = tmp_path_factory.mktemp("migrated")
    at_head(folder)
    a_cipher(folder).close()
    return folder


@pytest.fixture
def site(migrated: Path, tmp_path: Path) -> Site:
    """Where a database is whose words are encrypted."""
    shutil.copytree(migrated, tmp_path, dirs_exist_ok=True)
    return SqliteSite(tmp_path, a_cipher)


@pytest.fixture
async def database(site: Site) -> AsyncIterator[Database]:
    """A database whose words are encrypted."""
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
