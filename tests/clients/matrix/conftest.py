from collections.abc import Iterator

import pytest

from tests.clients.matrix.driven import Driven, Shown, User, why_not
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server, database_of
from tests.support.settings import asks


@pytest.fixture(scope="module")
def driven(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driven]:
    """The client of the module, which says which it is."""
    driver, environment = request.module.CLIENT
    if reason := why_not(environment):
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp(driver)
    with Driven(driver, environment=environment, folder=folder) as client:
        yield client


@pytest.fixture
def shown(request: pytest.FixtureRequest) -> Shown:
    """How the client of the module shows what went wrong."""
    said: Shown = request.module.SHOWN
    return said


@pytest.fixture(scope="session")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as running:
        yield running


@pytest.fixture(scope="session")
def asking(upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks the scripted model, and learns nothing by it while tests go on."""
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_LEARNING__IDLE_S": "3600",
        "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
        "MEMORYCHAT_PLANS": '{"nothing": {"turns_per_month": 0}}',
    }
    with Server(tmp_path_factory.mktemp("asking"), environment) as running:
        yield running


@pytest.fixture
def ada(driven: Driven, server: Server) -> Iterator[User]:
    """Somebody new, whose answers are the offline model's."""
    with Person(server, "ada") as person:
        yield User(driven, person)


@pytest.fixture
def zoe(driven: Driven, asking: Server, upstream: RunningUpstream) -> Iterator[User]:
    """Somebody new, whose answers are scripted."""
    upstream.script()
    with Person(asking, "zoe") as person:
        yield User(driven, person)


@pytest.fixture
def eve(zoe: User, asking: Server) -> User:
    """Somebody whose plan is used up."""
    with database_of(asking.folder) as connection:
        statement = f"UPDATE users SET plan = 'nothing' WHERE email = '{zoe.person.email}'"  # noqa: S608 - ours
        connection.execute(statement)
        connection.commit()
    return zoe
