"""What other tests say holds as well when everything is kept in a Postgres."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.at_rest import encrypted
from tests.support.database import PostgresSite, postgres_at_head
from tests.support.moving import Life, a_life
from tests.support.postgres import MISSING, Postgres, is_installed
from tests.support.server import Server, on_postgres


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that keeps everything in a Postgres."""
    if not is_installed():
        pytest.skip(MISSING)
    folder = tmp_path_factory.mktemp("on-postgres")
    environment = {"MEMORYCHAT_RATE_LIMITS__ENABLED": "false", **on_postgres(folder)}
    with Server(folder, environment) as running:
        yield running


@pytest.fixture(scope="session")
def kept_in() -> Callable[[Path], Mapping[str, str]]:
    """The environment of a further server, by its folder, that keeps everything in a Postgres."""
    return on_postgres


@pytest.fixture(scope="session")
def clear_life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """An embedded installation to be moved."""
    with a_life(tmp_path_factory.mktemp("clear"), {}) as life:
        yield life


@pytest.fixture(scope="session")
def sealed_life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Another one, with words under keys of their owners, and the whole file encrypted."""
    with a_life(tmp_path_factory.mktemp("sealed"), encrypted(file=True)) as life:
        yield life


@pytest.fixture
def move_site(postgres: Postgres) -> Iterator[PostgresSite]:
    """An empty Postgres at head."""
    with postgres.a_database(template=postgres_at_head(postgres)) as name:
        yield PostgresSite(postgres, name)
