"""What Anthropic's SDK raises, and what it sends again."""

import json
from typing import Any

import anthropic
import httpx
import pytest
from anthropic import Anthropic

from tests.support.anthropic_client import anthropic_of
from tests.support.openai_client import assistant, collected, user
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply


def told(client: Anthropic, **options: Any) -> Any:
    asked: Any = {"model": "memorychat", "max_tokens": 500, "messages": [user("Hello.")], **options}
    return client.messages.create(**asked)


def test_what_is_refused_is_said_by_kind_and_in_words(zoe: Person, asking: Server) -> None:
    with Person(asking, "bob") as bob:
        theirs = {"profile": bob.profile("theirs"), "session": bob.session()}

    def refused(kind: type[anthropic.APIStatusError], words: str, **options: Any) -> None:
        with anthropic_of(zoe) as client, pytest.raises(kind) as caught:
            told(client, **options)
        error = caught.value
        kinds = {400: "invalid_request_error", 404: "not_found_error"}
        assert error.type == kinds[error.status_code]
        assert words in (error.api_message or "")
        assert error.error_code
        assert error.request_id

    bad, absent = anthropic.BadRequestError, anthropic.NotFoundError
    blocks: Any = [{"type": "zebra"}]
    unpaired: Any = [{"type": "tool_result", "content": "Rain."}]
    refused(absent, "no such model", model="gpt-9")
    refused(absent, "profile not found", model="memorychat/theirs")
    refused(absent, "profile not found", extra_headers={"X-Memory-Profile": theirs["profile"]})
    refused(absent, "Session not found", extra_headers={"X-Memory-Session": theirs["session"]})
    refused(bad, "privacy mode", model="memorychat:secret")
    refused(bad, "privacy mode", extra_headers={"X-Memory-Mode": "Incognito"})
    refused(bad, "not a UUID", extra_body={"memorychat": {"session_id": "zebra"}})
    refused(bad, "/max_tokens", max_tokens=0)
    refused(bad, "last one is an answer", messages=[user("Hello."), assistant("Well,")])
    refused(bad, "role", messages=[{"role": "zebra", "content": "Hello."}])
    refused(bad, "block", messages=[{"role": "user", "content": blocks}])
    refused(bad, "tool_use_id", messages=[{"role": "user", "content": unpaired}])
    refused(bad, "input_schema", tools=[{"type": "web_search_20250305", "name": "web_search"}])
    assert collected(zoe) == []


def test_a_wrong_key_is_refused(zoe: Person) -> None:
    zoe.credentials["access_token"] = "zebra"
    with anthropic_of(zoe) as client, pytest.raises(anthropic.AuthenticationError) as caught:
        told(client)

    assert caught.value.type == "authentication_error"


def test_every_failure_on_its_paths_has_its_form(zoe: Person) -> None:
    def asked(method: str, path: str, **request: Any) -> httpx.Response:
        return zoe.http.request(method, path, **request)

    large = b" " * (9 << 20)
    unclosed = {"content": b'{"model": "', "headers": {"Content-Type": "application/json"}}
    for path in ("/v1/messages", "/v1/messages/count_tokens"):
        problem_of(asked("GET", path), 405)
        problem_of(asked("POST", path, json={}), 400)
        problem_of(asked("POST", path, **unclosed), 400)
        problem_of(asked("POST", path, content=large), 413)
    problem_of(asked("POST", "/v1/messages/batches", json={}), 404)


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions"])
def test_half_a_character_that_would_be_passed_on_is_refused(zoe: Person, path: str) -> None:
    tool = {"name": "x", "description": "HALF", "input_schema": {}}
    body = {"model": "memorychat", "max_tokens": 9, "messages": [user("Hello.")], "tools": [tool]}
    content = json.dumps(body).replace("HALF", "\\ud800")

    refused = zoe.http.post(path, content=content, headers={"Content-Type": "application/json"})

    problem_of(refused, 400, "invalid-input")


@pytest.mark.parametrize("stream", [False, True])
def test_a_failure_before_the_first_word_is_a_status_also_of_a_stream(
    zoe: Person, upstream: RunningUpstream, *, stream: bool
) -> None:
    def failed(status: int, error: dict[str, Any] | None = None) -> anthropic.APIStatusError:
        upstream.script(Reply(status=status, error=error or {}, keep=True))
        with anthropic_of(zoe) as client, pytest.raises(anthropic.APIStatusError) as caught:
            told(client, stream=stream)
        return caught.value

    too_long = failed(400, {"code": "context_length_exceeded"})
    assert isinstance(too_long, anthropic.BadRequestError)
    assert too_long.error_code == "context_length_exceeded"
    ours = failed(401)
    assert (ours.status_code, ours.type) == (502, "api_error")
    busy = failed(500)
    assert isinstance(busy, anthropic.ServiceUnavailableError)
    assert busy.type == "overloaded_error"


@pytest.mark.parametrize("then", ["cut", "error"])
def test_a_failure_after_the_first_word_is_an_error_in_the_stream(
    zoe: Person, upstream: RunningUpstream, then: Any
) -> None:
    upstream.script(Reply(text="One two three four.", after=2, then=then))
    heard: list[str] = []
    with (
        anthropic_of(zoe) as client,
        pytest.raises(anthropic.APIStatusError) as caught,
        client.messages.stream(
            model="memorychat", max_tokens=500, messages=[user("Hello.")]
        ) as stream,
    ):
        heard.extend(stream.text_stream)

    assert heard[0].startswith("One")
    assert caught.value.type == "overloaded_error"
    assert caught.value.error_code == "model-interrupted"


@pytest.mark.parametrize("stream", [False, True])
def test_what_the_sdk_sends_again_is_learnt_from_once(
    zoe: Person, upstream: RunningUpstream, *, stream: bool
) -> None:
    upstream.script(Reply(status=500), Reply(status=429), Reply(text="Noted."))
    with anthropic_of(zoe, max_retries=2) as client:
        answer = told(client, messages=[user("I like tea.")], stream=stream)
        assert not stream or list(answer)

    assert len(upstream.requests) == 3
    assert [one["content"] for one in collected(zoe)] == ["I like tea."]


def test_a_conflict_is_not_sent_again(zoe: Person, upstream: RunningUpstream) -> None:
    session = zoe.session()
    stalled = Reply(text="One two three four.", after=2, then="stall", comments=1)
    upstream.script(stalled)
    in_session: Any = {"extra_headers": {"X-Memory-Session": session}}
    with anthropic_of(zoe, max_retries=2) as client:
        first = told(client, stream=True, **in_session)
        with pytest.raises(anthropic.ConflictError) as caught:
            told(client, **in_session)
        first.close()

    assert caught.value.error_code == "run-in-progress"
    assert caught.value.response.request.headers["x-stainless-retry-count"] == "0"
