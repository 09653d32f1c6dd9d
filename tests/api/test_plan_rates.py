"""How fast turns may follow each other on a plan, by whatever way they are asked for."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.socket import Socket

RATE: Final = 3
HELLO: Final = {"id": "1", "role": "user", "content": "Hello."}
MODEL: Final = "memorychat"

Body = Callable[[str], dict[str, Any]]
SURFACES: Final[dict[str, Body]] = {
    "/api/v1/chat/{session}": lambda _: {"message": "Hello."},
    "/api/v1/chat/{session}/stream": lambda _: {"message": "Hello."},
    "/api/v1/chat/{session}/regenerate": lambda _: {},
    "/v1/chat/completions": lambda _: {"model": MODEL, "messages": [HELLO]},
    "/v1/responses": lambda _: {"model": MODEL, "input": "Hello."},
    "/v1/embeddings": lambda _: {"model": MODEL, "input": "Hello."},
    "/v1/messages": lambda _: {"model": MODEL, "max_tokens": 9, "messages": [HELLO]},
    "/ag-ui": lambda _: {"threadId": "1", "runId": "1", "messages": [HELLO]},
    "/api/chat": lambda session: {
        "id": session,
        "messages": [
            {"id": "1", "role": "user", "parts": [{"type": "text", "text": "Hello."}]},
        ],
    },
}


@pytest.fixture(scope="module")
def unhurried(
    upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server whose only plan is slow."""
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_PLANS": json.dumps({"free": {"turns": f"{RATE}/hour"}}),
        "MEMORYCHAT_RATE_LIMITS__ENABLED": "true",
        "MEMORYCHAT_LEARNING__IDLE_S": "3600",
        "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
    }
    with Server(tmp_path_factory.mktemp("unhurried"), environment) as running:
        yield running


@pytest.fixture
def eve(unhurried: Server, upstream: RunningUpstream) -> Iterator[Person]:
    upstream.script()
    with Person(unhurried, "eve") as person:
        yield person


@pytest.mark.parametrize("surface", SURFACES)
def test_no_surface_is_faster_than_the_plan(eve: Person, surface: str) -> None:
    session = eve.session()
    eve.say(session, "Hello.")
    path, body = surface.format(session=session), SURFACES[surface](session)

    answers = [eve.http.post(path, json=body) for _ in range(RATE)]

    assert [one.status_code for one in answers[:-1]] == [200] * (RATE - 1), answers[0].text
    problem_of(answers[-1], 429, "too-many-requests")
    assert answers[-1].headers["ratelimit"].startswith(f"limit={RATE}, remaining=0, reset=")


def test_no_socket_is_faster_than_the_plan(eve: Person) -> None:
    session = eve.session()
    with Socket.of(eve) as socket:
        for number in range(RATE):
            socket.say("chat.start", session_id=session, message="Hello.", request_id=str(number))
            assert socket.told(str(number))[-1]["type"] == "run.completed"
        socket.say("regenerate", session_id=session, request_id="over")
        refusal = socket.hear()

    assert (refusal["status"], refusal["error"]["code"]) == (429, "too-many-requests")
