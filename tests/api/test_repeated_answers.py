"""Answers that are asked for again: while they are written, after they failed, and long after."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from tests.support.openai_client import collected, openai_of, user
from tests.support.person import Person, events_of, eventually
from tests.support.problem import problem_of
from tests.support.repeating import a_name, is_replayed, once
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply

SAID = {"message": "Count to three."}
SLOWLY = Reply(text="one two three", delay_s=0.15)


@pytest.fixture
def zoe_sdk(zoe: Person) -> Iterator[OpenAI]:
    with openai_of(zoe, max_retries=2) as client:
        yield client


def streamed(person: Person, session: str, name: str) -> tuple[list[Any], bool]:
    path, headers = f"/api/v1/chat/{session}/stream", {"Idempotency-Key": name}
    with person.http.stream("POST", path, json=SAID, headers=headers) as response:
        assert response.status_code == 200, response.read()
        return list(events_of(response)), is_replayed(response)


def text_of(events: list[Any]) -> str:
    return "".join(one["delta"] for one in events if one["type"] == "message.delta")


def test_a_second_one_waits_its_turn_and_a_stream_joins(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session, name = zoe.session(), a_name()
    upstream.script(SLOWLY)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(streamed, zoe, session, name)
        eventually(lambda: upstream.requests, bool)
        in_between = once(zoe, f"/chat/{session}/stream", SAID, name)
        events, was_replayed = first.result()

    assert not was_replayed
    assert is_replayed(in_between)
    assert list(events_of(in_between)) == events
    assert [one["content"] for one in zoe.messages(session)] == ["Count to three.", "one two three"]
    assert len(upstream.requests) == 1


def test_who_wants_the_whole_answer_is_told_to_come_again(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session, name = zoe.session(), a_name()
    upstream.script(SLOWLY)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(once, zoe, f"/chat/{session}", SAID, name)
        eventually(lambda: upstream.requests, bool)
        in_between = once(zoe, f"/chat/{session}", SAID, name)
        problem_of(in_between, 409, "idempotency-key-in-use")
        answer = first.result()

    assert in_between.headers["Retry-After"] == "1"
    assert in_between.headers["x-should-retry"] == "true"
    assert once(zoe, f"/chat/{session}", SAID, name).json() == answer.json()
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("reply", [Reply(status=400), Reply(text="one two", after=1, then="cut")])
def test_a_question_without_an_answer_gets_one_and_is_not_asked_twice(
    zoe: Person, upstream: RunningUpstream, reply: Reply
) -> None:
    session, name = zoe.session(), a_name()
    upstream.script(reply)
    failed = once(zoe, f"/chat/{session}", SAID, name)
    assert failed.status_code in {502, 503}

    second, third = (once(zoe, f"/chat/{session}", SAID, name) for _ in range(2))

    assert second.status_code == 200, second.text
    assert third.json() == second.json()
    assert (is_replayed(second), is_replayed(third)) == (False, True)
    assert [one["role"] for one in zoe.messages(session)] == ["user", "assistant"]


def test_a_session_that_went_on_is_not_turned_back(zoe: Person, upstream: RunningUpstream) -> None:
    session, name = zoe.session(), a_name()
    upstream.script(Reply(status=400))
    once(zoe, f"/chat/{session}", SAID, name)
    zoe.say(session, "Never mind.")

    problem_of(once(zoe, f"/chat/{session}", SAID, name), 404, "message-not-found")

    assert len(zoe.messages(session)) == 3


@pytest.mark.parametrize("stream", [False, True])
def test_an_sdk_that_tries_again_writes_once(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream, *, stream: bool
) -> None:
    session = zoe.session()
    upstream.script(Reply(status=401), Reply(text="one two"))
    headers = {"X-Memory-Session": session, "Idempotency-Key": a_name()}

    def ask() -> Any:
        return zoe_sdk.chat.completions.create(
            model="memorychat",
            messages=[user("Count.")],
            stream=stream,
            extra_headers=headers,
        )

    answers = []
    for _ in range(2):
        answer = ask()
        if stream:
            chunks = [one for chunk in answer for one in chunk.choices]
            answers.append("".join(one.delta.content or "" for one in chunks))
            assert chunks[-1].finish_reason == "stop"
        else:
            answers.append(answer.choices[0].message.content)

    assert answers == ["one two", "one two"]
    assert [one["content"] for one in zoe.messages(session)] == ["Count.", "one two"]


def test_an_answer_goes_on_without_the_client_that_can_ask_for_it_again(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    headers = {"X-Memory-Session": session, "Idempotency-Key": a_name()}
    body = {"model": "memorychat", "messages": [user("Count.")], "stream": True}
    upstream.script(SLOWLY)
    with zoe.http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as response:
        next(response.iter_bytes())

    again = zoe.http.post("/v1/chat/completions", json=body, headers=headers)

    assert is_replayed(again)
    assert again.text.endswith("data: [DONE]\n\n")
    assert [one["content"] for one in zoe.messages(session)] == ["Count.", "one two three"]


def test_without_a_session_the_answer_is_another_and_what_is_learnt_is_learnt_once(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="one"), Reply(text="two"))
    headers = {"Idempotency-Key": a_name()}

    answers = [
        zoe_sdk.chat.completions.create(
            model="memorychat", messages=[user("I like figs.")], extra_headers=headers
        )
        for _ in range(2)
    ]

    assert [one.choices[0].message.content for one in answers] == ["one", "two"]
    assert len(collected(zoe)) == 1


def test_a_chat_of_the_ai_sdk_is_answered_once(zoe: Person, upstream: RunningUpstream) -> None:
    session, headers = zoe.session(), {"Idempotency-Key": a_name()}
    message = {"id": "m1", "role": "user", "parts": [{"type": "text", "text": "Count."}]}
    body = {"id": session, "messages": [message], "trigger": "submit-message"}

    first, second = (zoe.http.post("/api/chat", json=body, headers=headers) for _ in range(2))

    assert first.text == second.text
    assert (is_replayed(first), is_replayed(second)) == (False, True)
    assert len(zoe.messages(session)) == 2


def test_an_answer_is_told_again_after_its_events_are_gone(own_server: Server) -> None:
    own_server.start()
    with Person(own_server) as ada:
        session, name, other = ada.session(), a_name(), a_name()
        first = once(ada, f"/chat/{session}", SAID, name)
        events, _ = streamed(ada, session, other)
        own_server.stop()
        own_server.start()
        ada.http.base_url = own_server.url
        again = once(ada, f"/chat/{session}", SAID, name)
        events_again, was_replayed = streamed(ada, session, other)

        assert again.json() == first.json()
        assert (is_replayed(again), was_replayed) == (True, True)
        assert text_of(events_again) == text_of(events)
        assert {one["type"] for one in events_again} == {one["type"] for one in events}
        assert events_again[-1]["type"] == "run.completed"
        assert len(ada.messages(session)) == 4


def test_names_are_kept_as_keyed_hashes_beside_ids(own_server: Server, tmp_path: Path) -> None:
    own_server.start()
    with Person(own_server) as ada:
        once(ada, "/sessions", {"title": "Zyrafa0title"}, "Zyrafa0name")
    own_server.stop()

    stored = b"".join(one.read_bytes() for one in tmp_path.rglob("*.db*"))

    assert b"Zyrafa0title" in stored
    assert b"Zyrafa0name" not in stored
