"""Streams end with the login, or the key, that they were opened with, and the answers go on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.models.clock import utc_now
from tests.support.keys import Keyring, a_key
from tests.support.person import PASSWORD, Person, events_of, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply

COUNT = " ".join(f"word{number}" for number in range(40))
SLOW = Reply(text=COUNT, delay_s=0.1)


@pytest.fixture
def keyring(asking: Server) -> Iterator[Keyring]:
    with Keyring(asking) as keyring:
        yield keyring


@pytest.fixture
def phone(asking: Server, zoe: Person) -> Iterator[Person]:
    """The same account, logged in once more."""
    there = zoe.at(asking)
    login = zoe.post("/auth/login", {"email": zoe.email, "password": PASSWORD})
    there.http.headers["Authorization"] = f"Bearer {login['access_token']}"
    with there:
        yield there


def begun(events: Iterator[Any]) -> Any:
    """The first event of an answer, once it has said something."""
    first = next(events)
    next(event for event in events if event["type"] == "message.delta")
    return first


def heard_after(events: Iterator[Any]) -> list[str]:
    """What is told from now on, to the end of the stream."""
    return [event["type"] for event in events]


def has_ended(program: Person) -> None:
    """Returns once nobody is let in by what this one calls with."""
    eventually(lambda: program.http.get("/api/v1/sessions").status_code, lambda got: got == 401)


def test_logging_out_ends_the_streams_of_this_login_and_the_answer_goes_on(
    zoe: Person, phone: Person, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    session = zoe.session()
    with (
        zoe.http.stream("GET", "/api/v1/events") as news,
        phone.http.stream("GET", "/api/v1/events") as other_news,
        zoe.stream(session, "Count.") as answer,
    ):
        lines, others = news.iter_lines(), events_of(other_news)
        assert next(lines) == ": keep-alive"
        run = begun(answer)["run_id"]
        path = f"/api/v1/runs/{run}/events"
        with zoe.http.stream("GET", path) as again, phone.http.stream("GET", path) as there:
            followed, elsewhere = events_of(again), events_of(there)
            begun(followed)
            begun(elsewhere)

            assert zoe.http.post("/api/v1/auth/logout").status_code == 204

            assert "run.completed" not in heard_after(answer)
            assert "run.completed" not in heard_after(followed)
            assert not [line for line in lines if line.startswith("data")]
            assert heard_after(elsewhere)[-1] == "run.completed"
        assert next(others)["session_id"] == session
    assert phone.messages(session)[-1]["content"] == COUNT


def test_a_resumed_chat_of_the_ai_sdk_ends_with_its_login(
    zoe: Person, phone: Person, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    session = zoe.session()
    with zoe.stream(session, "Count.") as answer:
        begun(answer)
        with zoe.http.stream("GET", f"/api/chat/{session}/stream") as resumed:
            lines = resumed.iter_lines()
            next(line for line in lines if "text-delta" in line)
            zoe.http.post("/api/v1/auth/logout")
            assert not [line for line in lines if "finish" in line]
    eventually(lambda: phone.messages(session), lambda kept: kept[-1]["content"] == COUNT)


def test_deleting_a_key_ends_what_is_followed_with_it_and_nothing_else(
    zoe: Person, keyring: Keyring, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    key = a_key(zoe)
    program = keyring.showing(zoe, key["key"])
    session = zoe.session()
    with (
        program.http.stream("GET", "/api/v1/events") as news,
        program.stream(session, "Count.") as answer,
    ):
        run = begun(answer)["run_id"]
        with zoe.http.stream("GET", f"/api/v1/runs/{run}/events") as mine:
            owners = events_of(mine)
            begun(owners)

            zoe.delete(f"/api-keys/{key['id']}")

            assert "run.completed" not in heard_after(answer)
            assert not heard_after(events_of(news))
            assert heard_after(owners)[-1] == "run.completed"


def test_a_compatible_stream_ends_with_its_key(
    zoe: Person, keyring: Keyring, upstream: RunningUpstream
) -> None:
    upstream.script(SLOW)
    key = a_key(zoe, "chat")
    program = keyring.showing(zoe, key["key"])
    body = {"model": "memorychat", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    with program.http.stream("POST", "/v1/chat/completions", json=body) as answer:
        lines = answer.iter_lines()
        next(line for line in lines if "word0" in line)
        zoe.delete(f"/api-keys/{key['id']}")

        assert "data: [DONE]" not in list(lines)


def test_a_key_that_expires_ends_what_is_followed_with_it(zoe: Person, keyring: Keyring) -> None:
    soon = utc_now() + timedelta(seconds=1.5)
    program = keyring.new(zoe, "chat", expires_at=soon.isoformat())
    with program.http.stream("GET", "/api/v1/events") as news:
        assert not heard_after(events_of(news))

    has_ended(program)
