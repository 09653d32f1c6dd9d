from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.company import LEASE_S, Company, a_company
from tests.support.database import PostgresSite, postgres_at_head
from tests.support.person import Person, eventually
from tests.support.postgres import Postgres
from tests.support.redis import Redis
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server

AT_ONCE = {
    "MEMORYCHAT_LEARNING__IDLE_S": "0",
    "MEMORYCHAT_LEARNING__MAX_WAIT_S": "0",
    "MEMORYCHAT_LEARNING__LEASE_S": str(LEASE_S),
    "MEMORYCHAT_LEARNING__BACKOFF_S": "0",
}


@pytest.fixture(scope="session")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> PostgresSite:
    """A database at head that nobody opens."""
    return PostgresSite(postgres, postgres_at_head(postgres))


@pytest.fixture(scope="session")
def company(
    tmp_path_factory: pytest.TempPathFactory,
    template: PostgresSite,
    shared_redis: Redis,
    upstream: RunningUpstream,
) -> Iterator[Company]:
    """What the processes of a module have in common."""
    folder = tmp_path_factory.mktemp("company")
    with a_company(folder, shared_redis, upstream, template=template) as company:
        yield company


@pytest.fixture(scope="session")
def first(company: Company) -> Iterator[Server]:
    """A process that no test ends."""
    with company.server("first") as server:
        yield server


@pytest.fixture(scope="session")
def second(company: Company, first: Server) -> Iterator[Server]:
    """Another that no test ends."""
    with company.server("second") as server:
        yield server


@pytest.fixture
def third(company: Company) -> Iterator[Server]:
    """A process that a test may end, not started yet."""
    server = company.server("third")
    yield server
    server.kill()


@pytest.fixture
def ada(first: Server) -> Iterator[Person]:
    """Somebody, at the first process."""
    with Person(first) as ada:
        yield ada


@pytest.fixture
def away(company: Company, ada: Person, second: Server) -> Iterator[Person]:
    """The same person, at the second process. Nobody else is waited for, and both can be told things."""
    with ada.at(second) as away:
        eventually(company.living, lambda living: living == 2)
        for person in (ada, away):
            eventually(lambda: peers_of(person), lambda seen: seen == "ok")  # noqa: B023 - at once
        yield away


def peers_of(person: Person) -> str:
    """Whether a process can tell the others something."""
    return str(person.http.get("/ready").json()["checks"]["peers"])


@pytest.fixture
def own_company(
    tmp_path: Path, template: PostgresSite, redis: Redis, upstream: RunningUpstream
) -> Iterator[Company]:
    """A company of which no process runs yet, and which learns at once."""
    with a_company(tmp_path, redis, upstream, template=template) as company:
        company.environment |= AT_ONCE
        yield company
