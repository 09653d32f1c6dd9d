"""A Postgres that is gone, slow, crowded or read-only while people talk, and comes back."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from tests.support.database import LOGIN, PostgresSite, postgres_at_head
from tests.support.outage import is_back, ready, refused
from tests.support.person import Person, eventually
from tests.support.postgres import MISSING, Postgres, is_installed
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.upstream import Reply

CANARY = "Zyrafa7731"
DURABLE = {"synchronous_commit": "on"}
"""As everywhere but in other tests: what is acknowledged survives a crash of the server."""
SLOW = Reply(text=" ".join(str(number) for number in range(20)), delay_s=0.1)


@pytest.fixture(scope="module")
def site() -> Iterator[PostgresSite]:
    """A Postgres of their own for tests that break it."""
    if not is_installed():
        pytest.skip(MISSING)
    own = Postgres()
    own.start(**DURABLE)
    yield PostgresSite(own, postgres_at_head(own))
    own.remove()


@pytest.fixture(scope="module")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def server(
    site: PostgresSite, upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    environment = {
        **asks(upstream.url),
        "DATABASE_URL": site.url,
        "MEMORYCHAT_DATABASE__CONNECT_TIMEOUT_S": "2",
        "MEMORYCHAT_DATABASE__LOCK_TIMEOUT_S": "1",
        "MEMORYCHAT_RUNS__LEASE_S": "2",
        "MEMORYCHAT_LEARNING__IDLE_S": "3600",
        "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
    }
    with Server(tmp_path_factory.mktemp("faults"), environment) as running:
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
def gone(site: PostgresSite, how: signal.Signals = signal.SIGINT) -> Iterator[None]:
    site.postgres.stop(how)
    try:
        yield
    finally:
        site.postgres.start(**DURABLE)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["shut down", "crashed"])
def test_while_it_is_gone_requests_are_told_when_to_come_again_and_then_served(
    server: Server, site: PostgresSite, ada: Person, how: signal.Signals
) -> None:
    session = ada.session()
    ada.say(session, f"My sister is called {CANARY}.")
    before = ada.messages(session)

    with gone(site, how):
        for _ in range(3):
            refused(ada.http.post(f"/api/v1/chat/{session}", json={"message": CANARY}))
            refused(ada.http.post(f"/api/v1/chat/{session}/stream", json={"message": CANARY}))
            refused(ada.http.get("/api/v1/sessions"))
        assert ready(server) == (503, "storage-unavailable")
        with server.client() as client:
            assert client.get("/health").status_code == 200

    assert eventually(lambda: ready(server), lambda seen: seen == (200, "ok"))
    assert ada.messages(session) == before
    is_back(ada)


def test_connections_that_were_cut_are_replaced_without_a_word(
    site: PostgresSite, ada: Person
) -> None:
    session = ada.session()
    for _ in range(3):
        assert ada.say(session, "Hello.")["content"]
        cut_connections(site)

        assert ada.get("/me")["email"] == ada.email


def cut_connections(site: PostgresSite) -> None:
    site.postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
        parameters=[LOGIN],
    )


def test_an_answer_under_way_ends_with_an_error_and_the_conversation_goes_on(
    site: PostgresSite, ada: Person, upstream: RunningUpstream
) -> None:
    session = ada.session()
    upstream.script(SLOW)

    with ada.stream(session, f"Count, {CANARY}.") as events:
        seen = [next(events)]
        while seen[-1]["type"] != "message.delta":
            seen.append(next(events))
        with gone(site):
            seen += list(events)

    assert seen[-1]["type"] == "run.failed"
    assert seen[-1]["retryable"]
    assert sum(event["type"].startswith("run.") for event in seen) == 2, "one beginning, one end"
    assert [message["content"] for message in ada.messages(session)] == [f"Count, {CANARY}."]
    answered = eventually(
        lambda: ada.http.post(f"/api/v1/chat/{session}/regenerate"),
        lambda response: response.status_code != 409,
    )
    assert answered.status_code == 200, answered.text


def test_an_answer_survives_an_absence_that_ends_before_it_does(
    site: PostgresSite, ada: Person, upstream: RunningUpstream
) -> None:
    session = ada.session()
    upstream.script(SLOW)

    with ada.stream(session, "Count.") as events:
        seen = [next(events)]
        while seen[-1]["type"] != "message.delta":
            seen.append(next(events))
        with gone(site):
            pass
        seen += list(events)

    assert seen[-1]["type"] == "run.completed"
    assert len(ada.messages(session)) == 2


def test_what_waits_for_too_long_is_given_up_and_the_rest_goes_on(
    site: PostgresSite, ada: Person
) -> None:
    session = ada.session()
    with psycopg.connect(site.postgres.url(site.name)) as connection:
        connection.execute("LOCK TABLE chat_messages IN EXCLUSIVE MODE")
        started_s = time.monotonic()
        refused(ada.http.post(f"/api/v1/chat/{session}", json={"message": CANARY}))
        assert time.monotonic() - started_s < 5
        assert ada.get("/me")["email"] == ada.email
        assert ada.messages(session) == []
        connection.rollback()

    is_back(ada)


def test_a_server_that_answers_nobody_new_is_not_waited_for_longer_than_is_set(
    site: PostgresSite, ada: Person
) -> None:
    with frozen_without_connections(site):
        started_s = time.monotonic()
        refused(ada.http.get("/api/v1/me"))
        assert time.monotonic() - started_s < 10

    is_back(ada)


@contextmanager
def frozen_without_connections(site: PostgresSite) -> Iterator[None]:
    """Connections are cut while nobody can make another."""
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s"
    everywhere = site.postgres.url("postgres")
    with psycopg.connect(everywhere, autocommit=True) as held, site.postgres.frozen():
        held.execute(cut, [LOGIN])
        yield


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (f"ALTER ROLE {LOGIN} CONNECTION LIMIT 0", f"ALTER ROLE {LOGIN} CONNECTION LIMIT -1"),
        (f"ALTER ROLE {LOGIN} NOLOGIN", f"ALTER ROLE {LOGIN} LOGIN"),
        (
            f"ALTER ROLE {LOGIN} VALID UNTIL '2001-01-01'",
            f"ALTER ROLE {LOGIN} VALID UNTIL 'infinity'",
        ),
    ],
    ids=["no connection left", "locked out", "an expired password"],
)
def test_whoever_is_not_let_in_says_so_until_it_is(
    server: Server, site: PostgresSite, ada: Person, broken: str, mended: str
) -> None:
    site.postgres.execute(broken)
    cut_connections(site)
    try:
        refused(ada.http.post("/api/v1/sessions", json={}))
        assert ready(server)[0] == 503
    finally:
        site.postgres.execute(mended)

    is_back(ada)


def test_a_database_that_only_reads_is_read(site: PostgresSite, ada: Person) -> None:
    """As after a failover to a standby."""
    session = ada.session()
    site.postgres.execute(f"ALTER DATABASE {site.name} SET default_transaction_read_only = on")
    cut_connections(site)
    try:
        refused(ada.http.post(f"/api/v1/chat/{session}", json={"message": CANARY}))
        assert ada.get(f"/sessions/{session}")["id"] == session
    finally:
        site.postgres.execute(f"ALTER DATABASE {site.name} RESET default_transaction_read_only")
        cut_connections(site)

    is_back(ada)


def test_a_server_starts_again_over_what_a_killed_one_left(
    server: Server, ada: Person, upstream: RunningUpstream
) -> None:
    session = ada.session()
    upstream.script(SLOW)
    with ada.stream(session, f"Count, {CANARY}.") as events:
        next(events)
        server.kill()
    server.start()
    ada.http.base_url = httpx.URL(server.url)

    [message] = ada.messages(session)
    assert message["content"] == f"Count, {CANARY}."
    answered = eventually(lambda: ada.http.post(f"/api/v1/chat/{session}/regenerate"), is_not(409))
    assert answered.status_code == 200, answered.text


def is_not(status: int) -> Callable[[httpx.Response], bool]:
    return lambda response: response.status_code != status
