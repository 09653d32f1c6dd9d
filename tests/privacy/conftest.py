from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.confidant import Confidant
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks


@pytest.fixture(scope="session")
def upstream() -> Iterator[RunningUpstream]:
    """A model that repeats what it is told, so that answers hold the words of their questions."""
    with RunningUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def echoing(
    upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that asks that model."""
    soon = {"MEMORYCHAT_FORGETTING__QUIET_S": "0.5"}
    with Server(tmp_path_factory.mktemp("echoing"), {**asks(upstream.url), **soon}) as server:
        yield server


@pytest.fixture
def ada(echoing: Server, upstream: RunningUpstream) -> Iterator[Person]:
    """Somebody new, whose every message is answered by itself."""
    upstream.script()
    with Person(echoing, "ada") as person:
        yield person


@pytest.fixture
def bob(echoing: Server) -> Iterator[Person]:
    """Somebody else."""
    with Person(echoing, "bob") as person:
        yield person


@pytest.fixture
def talkative(tmp_path: Path, upstream: RunningUpstream) -> Iterator[Server]:
    """A server of the test's own that asks that model, and logs whatever it can."""
    (tmp_path / "tmp").mkdir()
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_LOG_LEVEL": "debug",
        "TMPDIR": str(tmp_path / "tmp"),
    }
    with Server(tmp_path, environment) as running:
        yield running


@pytest.fixture
def confidant(talkative: Server, upstream: RunningUpstream) -> Iterator[Confidant]:
    """Somebody there who has secrets."""
    with Person(talkative) as ada:
        yield Confidant(ada, upstream)
