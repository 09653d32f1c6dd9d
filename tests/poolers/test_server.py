"""A real server behind a real PgBouncer, which restarts, pauses, and loses its Postgres."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.database import prepared
from tests.support.outage import is_back, ready, refused
from tests.support.person import Person, eventually
from tests.support.pgbouncer import PgBouncer, PooledSite, PoolMode, before
from tests.support.postgres import Postgres
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.upstream import Reply

CANARY = "Zyrafa7731"
SLOW = Reply(text=" ".join(str(number) for number in range(20)), delay_s=0.1)
PATIENCE_S = 2
"""For a connection."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def own_site(mode: PoolMode) -> Iterator[PooledSite]:
    """A Postgres and a pooler of their own, for tests that break them; the schema is not made yet."""
    own = Postgres()
    own.start(synchronous_commit="on")
    with before(own, mode, server_login_retry="1") as pooler:
        yield PooledSite(own, prepared(own), pooler)
    own.remove()


@pytest.fixture(scope="module")
def server(
    own_site: PooledSite, upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    environment = {
        **asks(upstream.url),
        "DATABASE_URL": own_site.url,
        "MEMORYCHAT_DATABASE__CONNECTIONS": "4",
        "MEMORYCHAT_DATABASE__CONNECT_TIMEOUT_S": str(PATIENCE_S),
        "MEMORYCHAT_RUNS__LEASE_S": "3",
        "MEMORYCHAT_LEARNING__IDLE_S": "3600",
        "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
    }
    with Server(tmp_path_factory.mktemp("pooled"), environment) as running:
        yield running


@pytest.fixture
def ada(server: Server, upstream: RunningUpstream) -> Iterator[Person]:
    upstream.script()
    with Person(server) as ada:
        yield ada


@pytest.fixture(autouse=True)
def no_word_is_logged(server: Server) -> Iterator[None]:
    yield
    assert CANARY not in server.log.read_text()


@contextmanager
def gone(pooler: PgBouncer, how: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    pooler.stop(how)
    try:
        yield
    finally:
        pooler.start()


def test_a_schema_is_made_and_everything_works_through_it(
    ada: Person, own_site: PooledSite
) -> None:
    session = ada.session()
    said = f"I keep bees in {CANARY}."
    ada.say(session, said)
    ada.brought(ada.default_profile(), f"The deposit of {CANARY} is at Nordea.")

    found = eventually(
        lambda: ada.get("/sessions", q=CANARY)["data"], lambda sessions: len(sessions) == 1
    )

    assert found[0]["id"] == session
    assert [one["role"] for one in ada.messages(session)] == ["user", "assistant"]
    waiting = own_site.postgres.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", database=own_site.name
    )
    assert waiting == [(0,)]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_while_it_is_gone_requests_are_told_when_to_come_again_and_then_served(
    server: Server, own_site: PooledSite, ada: Person, how: signal.Signals
) -> None:
    session = ada.session()
    ada.say(session, f"My sister is called {CANARY}.")
    before = ada.messages(session)

    with gone(own_site.pooler, how):
        refused(ada.http.post(f"/api/v1/chat/{session}", json={"message": CANARY}))
        refused(ada.http.get("/api/v1/sessions"))
        assert ready(server) == (503, "storage-unavailable")

    assert eventually(lambda: ready(server), lambda seen: seen == (200, "ok"))
    assert ada.messages(session) == before
    is_back(ada)


def test_an_answer_survives_its_restart(
    own_site: PooledSite, ada: Person, upstream: RunningUpstream
) -> None:
    session = ada.session()
    upstream.script(SLOW)

    with ada.stream(session, "Count.") as events:
        seen = [next(events)]
        while seen[-1]["type"] != "message.delta":
            seen.append(next(events))
        with gone(own_site.pooler):
            pass
        seen += list(events)

    assert seen[-1]["type"] == "run.completed"
    assert len(ada.messages(session)) == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_one_that_says_nothing_is_not_waited_for_longer_than_is_set(
    own_site: PooledSite, ada: Person, method: str
) -> None:
    with own_site.pooler.frozen():
        started_s = time.monotonic()
        refused(ada.http.request(method, "/api/v1/sessions", json=None if method == "GET" else {}))
        assert time.monotonic() - started_s < 3 * PATIENCE_S

    is_back(ada)


def test_a_postgres_that_is_gone_behind_it_is_as_one_that_is_gone(
    server: Server, own_site: PooledSite, ada: Person
) -> None:
    session = ada.session()
    own_site.postgres.stop()
    try:
        for _ in range(2):
            started_s = time.monotonic()
            refused(ada.http.post(f"/api/v1/chat/{session}", json={"message": CANARY}))
            assert time.monotonic() - started_s < 3 * PATIENCE_S
        assert ready(server) == (503, "storage-unavailable")
    finally:
        own_site.postgres.start(synchronous_commit="on")

    is_back(ada)
