"""Calls of tools through chat completions, by OpenAI's own SDK."""

import json
from typing import Any

import pytest

from tests.support.openai_client import openai_of, user
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

WEATHER: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}},
}
ARGUMENTS = {"city": "Bergen"}
RESULT: Any = {"role": "tool", "tool_call_id": "call_1", "content": "Rain."}


def a_call() -> Reply:
    """The model asks for the weather, in two pieces."""
    first, second = json.dumps(ARGUMENTS)[:5], json.dumps(ARGUMENTS)[5:]
    named = {"name": "weather", "arguments": first}
    pieces = (
        {"index": 0, "id": "call_1", "type": "function", "function": named},
        {"index": 0, "function": {"arguments": second}},
    )
    return Reply(text="", deltas=tuple({"tool_calls": [piece]} for piece in pieces))


def call_in(given: Any, *, stream: bool) -> Any:
    """The message with the call, as a client puts it into the conversation."""
    if not stream:
        assert given.choices[0].finish_reason == "tool_calls"
        return given.choices[0].message.model_dump(exclude_none=True)
    chunks = list(given)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    pieces = [call for delta in deltas for call in delta.tool_calls or ()]
    arguments = "".join(piece.function.arguments for piece in pieces)
    function = {"name": pieces[0].function.name, "arguments": arguments}
    call = {"id": pieces[0].id, "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("in_session", [False, True])
def test_tools_are_called_and_their_results_are_told_to_the_model(
    zoe: Person, upstream: RunningUpstream, *, stream: bool, in_session: bool
) -> None:
    session = zoe.session()
    options: Any = {"model": "memorychat", "tools": [WEATHER]}
    if in_session:
        options["extra_headers"] = {"X-Memory-Session": session}
    asked = user("How is the weather?")
    with openai_of(zoe) as client:
        upstream.script(a_call())
        first = client.chat.completions.create(messages=[asked], stream=stream, **options)
        call = call_in(first, stream=stream)
        upstream.script(Reply(text="It rains."))
        answer = client.chat.completions.create(messages=[asked, call, RESULT], **options)

    assert json.loads(call["tool_calls"][0]["function"]["arguments"]) == ARGUMENTS
    assert answer.choices[0].message.content == "It rains."
    body = upstream.requests[-1].body
    assert [one["role"] for one in body["messages"]] == ["system", "user", "assistant", "tool"]
    assert body["messages"][-1]["content"] == "Rain."
    assert body["tools"] == [WEATHER]
    kept = [one["content"] for one in zoe.messages(session)]
    assert kept == (["How is the weather?", "It rains."] if in_session else [])
