"""Many at once: everybody gets their own answers, whole and in order."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import pairwise

import httpx
import orjson
import pytest

from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.upstream import Reply

USERS = 5
SESSIONS_EACH = 10
TURNS = 3
LEARNS_NOTHING = Reply(when="json_object", keep=True, text='{"memory": []}')
"""For the learning that other tests have left to be done."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def asking(upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {
        **asks(upstream.url),
        "MEMORYCHAT_MODEL_CALL__FIRST_TOKEN_TIMEOUT_S": "60",
        "MEMORYCHAT_MODEL_CALL__IDLE_TIMEOUT_S": "60",
    }
    with Server(tmp_path_factory.mktemp("load"), environment) as server:
        yield server


def canary(user: int) -> str:
    return f"Zyrafa{'abcdefghij'[user]}x"


async def converse(client: httpx.AsyncClient, session: str, user: int) -> list[str]:
    """Everything that the server said in a session of several turns."""
    heard = []
    for turn in range(TURNS):
        message = f"Turn {turn} in {session}: my dog is called {canary(user)}."
        body = {"message": message}
        path = f"/api/v1/chat/{session}/stream"
        async with client.stream("POST", path, json=body) as response:
            assert response.status_code == 200, await response.aread()
            lines = [line async for line in response.aiter_lines()]
        events = [orjson.loads(line[6:]) for line in lines if line.startswith("data: ")]
        numbers = [int(line[4:]) for line in lines if line.startswith("id: ")]
        assert numbers == list(range(1, len(events) + 1))
        assert events[-1]["type"] == "run.completed"
        said = "".join(event["delta"] for event in events if event["type"] == "message.delta")
        assert said == message, "the endpoint repeats what it is asked"
        heard += lines
    return heard


async def test_fifty_sessions_at_once(asking: Server, upstream: RunningUpstream) -> None:
    upstream.script(LEARNS_NOTHING, Reply(keep=True, delay_s=0.02))
    people = [Person(asking, f"user{user}") for user in range(USERS)]
    sessions = [[ada.session() for _ in range(SESSIONS_EACH)] for ada in people]

    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=asking.url, headers=ada.http.headers, timeout=120)
            )
            for ada in people
        ]
        heard = await asyncio.gather(
            *(
                converse(clients[user], session, user)
                for user in range(USERS)
                for session in sessions[user]
            )
        )

    for number, lines in enumerate(heard):
        user = number // SESSIONS_EACH
        text = "\n".join(lines)
        assert all(canary(other) not in text for other in range(USERS) if other != user)
    for user, ada in enumerate(people):
        for session in sessions[user]:
            messages = ada.messages(session)
            assert [m["role"] for m in messages] == ["user", "assistant"] * TURNS
            for question, answer in pairwise(messages):
                if question["role"] == "user":
                    assert question["content"] == answer["content"]
        ada.http.close()
    for request in upstream.requests:
        text = str(request.body)
        assert sum(canary(user) in text for user in range(USERS)) <= 1


def test_a_second_run_in_a_session_has_to_wait(asking: Server, upstream: RunningUpstream) -> None:
    stalls = Reply(text="one two three", after=1, then="stall", comments=1)
    upstream.script(LEARNS_NOTHING, stalls)
    with Person(asking) as ada:
        session = ada.session()
        with ada.stream(session, "Count to three.") as events:
            run_id = next(events)["run_id"]
            assert next(events)["delta"] == "one "
            for path in (f"/chat/{session}", f"/chat/{session}/stream"):
                second = ada.http.post(f"/api/v1{path}", json={"message": "And to four."})
                assert second.status_code == 409
                assert second.json()["error"]["code"] == "run-in-progress"
                assert second.headers["x-should-retry"] == "false"
            third = ada.http.post(f"/api/v1/chat/{session}/regenerate")
            assert third.status_code == 409
            ada.post(f"/runs/{run_id}/cancel")
            list(events)

        assert [m["content"] for m in ada.messages(session)] == ["Count to three.", "one "]
        assert ada.say(session, "And to four.")["content"] == "And to four."
