from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.support.keys import Keyring
from tests.support.person import Person
from tests.support.postgres import MISSING, Postgres, is_installed, shared
from tests.support.redis import MISSING as REDIS_MISSING
from tests.support.redis import Redis
from tests.support.redis import is_installed as redis_is_installed
from tests.support.server import ON_POSTGRES, Server

LONGEST_FIRST: Final = (
    "test_proof",
    "test_kill",
    "test_nothing_leaves",
    "test_kill_places",
    "test_kill_documents",
    "test_kill_import",
    "test_workers",
    "test_full_disk",
    "test_storage_faults",
    "test_api",  # on Postgres, and with everything encrypted
    "test_doctor",
    "test_forgotten_bytes",
    "test_web_client",
    "test_with_litellm",
    "test_with_llm",
    "test_documentation",
)
"""Modules, so that no process is left alone with one at the end. All others are in any order."""


settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin; what is about an embedded installation's files is left out without one."""
    places = {name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))
    if ON_POSTGRES:
        for item in items:
            if item.get_closest_marker("embedded"):
                item.add_marker(pytest.mark.skip(reason="about the files of an embedded one"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server process for all tests that only talk to it; each signs up people of its own."""
    environment = {"MEMORYCHAT_RATE_LIMITS__ENABLED": "false"}
    with Server(tmp_path_factory.mktemp("server"), environment) as running:
        yield running


@pytest.fixture
def ada(server: Server) -> Iterator[Person]:
    """Somebody new."""
    with Person(server, "ada") as person:
        yield person


@pytest.fixture
def bob(server: Server) -> Iterator[Person]:
    """Somebody else."""
    with Person(server, "bob") as person:
        yield person


@pytest.fixture
def keys(server: Server) -> Iterator[Keyring]:
    """Programs that call with API keys."""
    with Keyring(server) as keyring:
        yield keyring


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server process that a test may kill, not started yet."""
    running = Server(tmp_path)
    yield running
    running.kill()


@pytest.fixture(scope="session")
def server_url(server: Server) -> str:
    """Where that server answers."""
    return server.url


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """A Postgres server for all tests of this process; each has databases of its own in it."""
    if not is_installed():
        pytest.skip(MISSING)
    return shared()


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[Redis]:
    """A Redis server for all tests of this process; they tell each other nothing by it."""
    if not redis_is_installed():
        pytest.skip(REDIS_MISSING)
    running = Redis()
    running.start()
    yield running
    running.remove()


@pytest.fixture
def redis(shared_redis: Redis) -> Iterator[Redis]:
    """A Redis that is empty, and that a test may stop and freeze; it runs again at the end."""
    yield shared_redis
    shared_redis.stop()
    shared_redis.start()
