"""What other tests say holds as well when everything at rest is encrypted."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.contract.conftest import ann, ben, database  # noqa: F401 - the same, over another site
from tests.support.at_rest import encrypted
from tests.support.database import Site, SqliteSite, a_cipher, at_head
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
