"""nginx, as the example has it, leads each conversation to the process that holds it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.test_following import STALLED, begun
from tests.support import nginx
from tests.support.company import Company
from tests.support.nginx import Nginx, in_front_of
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply

SESSIONS = 6


@pytest.fixture
def front(
    company: Company, first: Server, second: Server, third: Server, tmp_path: Path
) -> Iterator[Nginx]:
    """One address for three processes, the last of which a test may end."""
    if not nginx.is_installed():
        pytest.skip(nginx.MISSING)
    third.start()
    with in_front_of([first, second, third], tmp_path) as front:
        yield front


def test_every_conversation_in_incognito_goes_on_where_it_began(
    upstream: RunningUpstream, front: Nginx, first: Server, second: Server, third: Server
) -> None:
    upstream.script(Reply(text="I see.", keep=True))
    with Person(front) as ada:
        sessions = [ada.session(mode="incognito") for _ in range(SESSIONS)]
        for session in sessions:
            ada.say(session, "One.")
            ada.say(session, "Two.")
        told = [[one["content"] for one in ada.messages(session)] for session in sessions]
        holders = []
        for server in (first, second, third):
            with ada.at(server) as there:
                reads = [there.http.get(f"/api/v1/sessions/{one}") for one in sessions]
            holders.append([read.status_code for read in reads])

    assert told == [["One.", "I see.", "Two.", "I see."]] * SESSIONS
    assert all(sorted(answers) == [200, 409, 409] for answers in zip(*holders, strict=True))


def test_clients_of_other_protocols_go_on_in_incognito_by_a_header(
    upstream: RunningUpstream, front: Nginx
) -> None:
    upstream.script(Reply(text="I see.", keep=True))
    with Person(front) as ada:
        for session in [ada.session(mode="incognito") for _ in range(SESSIONS)]:
            for word in ("One.", "Two."):
                answer = ada.http.post(
                    "/v1/chat/completions",
                    json={"model": "memorychat", "messages": [{"role": "user", "content": word}]},
                    headers={"X-Memory-Session": session},
                )
                assert answer.status_code == 200, answer.text
            assert len(ada.messages(session)) == 4


def test_a_run_in_incognito_is_found_by_the_session_in_the_query(
    upstream: RunningUpstream, front: Nginx
) -> None:
    upstream.script(STALLED)
    with Person(front) as ada:
        session = ada.session(mode="incognito")
        with ada.stream(session, "Count.") as events:
            run = begun(events)
            for _ in range(5):
                found = ada.get(f"/runs/{run}", session_id=session)
                assert found["status"] == "running"
            ada.http.post(f"/api/v1/runs/{run}/cancel", params={"session_id": session})
            assert list(events)[-1]["type"] == "run.cancelled"


def test_what_is_kept_goes_on_elsewhere_when_a_process_ends(
    upstream: RunningUpstream, front: Nginx, third: Server
) -> None:
    upstream.script(Reply(text="I see.", keep=True))
    with Person(front) as ada:
        sessions = [ada.session() for _ in range(SESSIONS)]
        for session in sessions:
            ada.say(session, "One.")
        third.kill()
        for session in sessions:
            ada.say(session, "Two.")
            assert len(ada.messages(session)) == 4


def test_the_world_is_not_shown_the_metrics(front: Nginx, first: Server) -> None:
    with first.client() as here, front.client() as world:
        assert here.get("/metrics").status_code == 200
        assert world.get("/health").status_code == 200
        for path in ("/metrics", "/%6detrics", "//metrics", "/metrics?x=1", "/metrics/"):
            assert world.get(front.url + path).status_code == 404, path
