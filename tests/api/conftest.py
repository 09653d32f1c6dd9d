from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.documented import Document
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks


@pytest.fixture(scope="session", autouse=True)
def every_answer_is_as_documented(server: Server) -> Iterator[None]:
    """Whatever the tests of this folder provoked, the OpenAPI document had said it could happen."""
    yield
    with server.client() as client:
        document = Document(client.get("/openapi.json").json())
    complaints = server.answers.complaints(document)
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="session")
def kept_in() -> Callable[[Path], Mapping[str, str]]:
    """The environment of a further server, by its folder, that says where it keeps everything."""
    return lambda _: {}


@pytest.fixture(scope="session")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as running:
        yield running


@pytest.fixture(scope="session")
def asking(
    upstream: RunningUpstream, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server that asks the scripted model; its answers are documented as those of the other."""
    nothing_else_asks = {
        "MEMORYCHAT_LEARNING__IDLE_S": "3600",
        "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
        "MEMORYCHAT_RUNS__RECHECK_S": "0.2",
    }
    environment = {**asks(upstream.url), **nothing_else_asks}
    with Server(tmp_path_factory.mktemp("asking"), environment) as running:
        running.answers = server.answers
        yield running


@pytest.fixture
def zoe(asking: Server, upstream: RunningUpstream) -> Iterator[Person]:
    upstream.script()
    with Person(asking, "zoe") as person:
        yield person


@pytest.fixture
def asking_bob(asking: Server) -> Iterator[Person]:
    """Somebody else at that server."""
    with Person(asking, "bob") as person:
        yield person
