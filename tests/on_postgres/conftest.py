"""What other tests say holds as well when everything is kept in a Postgres."""

from collections.abc import Iterator

import pytest

from tests.support.postgres import MISSING, is_installed
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
