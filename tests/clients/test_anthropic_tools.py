"""Calls of tools through Anthropic's messages, by its own SDK."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from anthropic import Anthropic, InternalServerError

from tests.support.anthropic_client import anthropic_of
from tests.support.openai_client import user
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER: Any = {"name": "weather", "description": "The weather.", "input_schema": SCHEMA}


@pytest.fixture
def sdk(zoe: Person) -> Iterator[Anthropic]:
    with anthropic_of(zoe) as client:
        yield client


def piece(index: int, arguments: str, **named: Any) -> dict[str, Any]:
    function = {"arguments": arguments, **({"name": named["name"]} if "name" in named else {})}
    told = {"id": named["id"], "type": "function"} if "id" in named else {}
    return {"tool_calls": [{"index": index, "function": function, **told}]}


def calls(*cities: str, text: str = "") -> Reply:
    """The model asks for the weather of each city, in two pieces."""
    deltas = []
    for index, city in enumerate(cities):
        arguments = json.dumps({"city": city})
        deltas.append(piece(index, arguments[:5], id=f"call_{index}", name="weather"))
        deltas.append(piece(index, arguments[5:]))
    return Reply(text=text, deltas=tuple(deltas))


def asked(client: Anthropic, *, stream: bool, **options: Any) -> Any:
    """The whole message, however it came."""
    request: Any = {"model": "memorychat", "max_tokens": 500, "tools": [WEATHER], **options}
    if not stream:
        return client.messages.create(**request)
    with client.messages.stream(**request) as following:
        return following.get_final_message()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("in_session", [False, True])
def test_tools_are_used_and_their_results_are_told_to_the_model(
    zoe: Person, sdk: Anthropic, upstream: RunningUpstream, *, stream: bool, in_session: bool
) -> None:
    session = zoe.session()
    options: Any = {"extra_headers": {"X-Memory-Session": session}} if in_session else {}
    question = user("How is the weather?")
    upstream.script(calls("Bergen", "Oslo", text="I look."), Reply(text="It rains."))
    first = asked(sdk, stream=stream, messages=[question], **options)
    results: Any = [
        {"type": "tool_result", "tool_use_id": "call_0", "content": "Rain."},
        {
            "type": "tool_result",
            "tool_use_id": "call_1",
            "content": [{"type": "text", "text": "No answer."}],
            "is_error": True,
        },
    ]
    talk: Any = [question, first.to_param(), {"role": "user", "content": results}]
    answer = asked(sdk, stream=stream, messages=talk, **options)

    assert first.stop_reason == "tool_use"
    kinds = [block.type for block in first.content]
    assert kinds == ["text", "tool_use", "tool_use"]
    assert [block.input for block in first.content[1:]] == [{"city": "Bergen"}, {"city": "Oslo"}]
    assert answer.content[0].text == "It rains."
    body = upstream.requests[-1].body
    _, said, called, *told = body["messages"]
    assert said == question
    assert [call["id"] for call in called["tool_calls"]] == ["call_0", "call_1"]
    assert called["content"] == "I look."
    assert [(one["role"], one["content"]) for one in told] == [
        ("tool", "Rain."),
        ("tool", "Error: No answer."),
    ]
    function = {"name": "weather", "description": "The weather.", "parameters": SCHEMA}
    assert body["tools"] == [{"type": "function", "function": function}]
    kept = [one["content"] for one in zoe.messages(session)]
    assert kept == (["How is the weather?", "It rains."] if in_session else [])


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ({"type": "auto"}, "auto"),
        ({"type": "any"}, "required"),
        ({"type": "none"}, "none"),
        (
            {"type": "tool", "name": "weather"},
            {"type": "function", "function": {"name": "weather"}},
        ),
    ],
)
def test_which_tool_is_to_be_used_is_passed_on(
    sdk: Anthropic, upstream: RunningUpstream, choice: Any, wanted: Any
) -> None:
    alone = {**choice, "disable_parallel_tool_use": True}
    asked(sdk, stream=False, messages=[user("Hello.")], tool_choice=alone)

    body = upstream.requests[-1].body
    assert body["tool_choice"] == wanted
    assert body["parallel_tool_calls"] is False


def test_a_call_whose_name_comes_late_begins_with_it(
    sdk: Anthropic, upstream: RunningUpstream
) -> None:
    upstream.script(
        Reply(text="", deltas=(piece(0, "", id="call_0"), piece(0, "{}", name="weather")))
    )

    message = asked(sdk, stream=True, messages=[user("How is the weather?")])

    [block] = message.content
    assert (block.id, block.name, block.input) == ("call_0", "weather", {})


def test_a_call_that_is_no_json_is_a_failure(sdk: Anthropic, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="", deltas=(piece(0, '{"ci', id="call_0", name="weather"),)))

    with pytest.raises(InternalServerError) as caught:
        asked(sdk, stream=False, messages=[user("How is the weather?")])

    assert caught.value.error_code == "model-refused"


def test_pictures_of_tools_and_documents_go_to_the_model_as_parts(
    sdk: Anthropic, upstream: RunningUpstream
) -> None:
    picture = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    pdf = {"type": "base64", "media_type": "application/pdf", "data": "BBBB"}
    shown: Any = {
        "role": "user",
        "content": [
            {"type": "text", "text": "There."},
            {
                "type": "tool_result",
                "tool_use_id": "call_0",
                "content": [{"type": "image", "source": picture}],
            },
            {"type": "document", "source": pdf, "title": "lease.pdf"},
            {
                "type": "document",
                "source": {"type": "text", "data": "Rent", "media_type": "text/plain"},
            },
        ],
    }
    used: Any = {"type": "tool_use", "id": "call_0", "name": "weather", "input": {}}
    talk: Any = [user("Look."), {"role": "assistant", "content": [used]}, shown]
    asked(sdk, stream=False, messages=talk)

    _, _, called, result, said = upstream.requests[-1].body["messages"]
    assert called["content"] is None
    url = "data:image/png;base64,AAAA"
    assert result["content"] == [{"type": "image_url", "image_url": {"url": url}}]
    file = {"filename": "lease.pdf", "file_data": "data:application/pdf;base64,BBBB"}
    assert said["content"] == [
        {"type": "text", "text": "There."},
        {"type": "file", "file": file},
        {"type": "text", "text": "Rent"},
    ]
