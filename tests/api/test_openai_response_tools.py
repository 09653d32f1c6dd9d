"""Calls of tools through responses, as agents make them, by OpenAI's own SDK."""

import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.api.test_openai_responses import contents
from tests.support.openai_client import openai_of, user
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

WEATHER: Any = {
    "type": "function",
    "name": "weather",
    "description": "Tells it.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    "strict": False,
}
CITIES = ("Bergen", "Oslo")


@pytest.fixture
def zoe_sdk(zoe: Person) -> Iterator[OpenAI]:
    with openai_of(zoe) as client:
        yield client


def asks_for(*cities: str, turn: str = "") -> Reply:
    """The model asks for the weather of cities at the same time, each in two pieces."""
    pieces = []
    for part in (0, 1):
        for index, city in enumerate(cities):
            arguments = json.dumps({"city": city})
            text = arguments[5:] if part else arguments[:5]
            named = {"id": f"call_{turn}{index}", "type": "function"} if part == 0 else {}
            function = {"arguments": text, **({"name": "weather"} if part == 0 else {})}
            pieces.append({"index": index, "function": function, **named})
    return Reply(
        text="", finish_reason="tool_calls", deltas=tuple({"tool_calls": [one]} for one in pieces)
    )


def results(response: Any) -> list[Any]:
    return [
        {
            "type": "function_call_output",
            "call_id": one.call_id,
            "output": f"Rain in {json.loads(one.arguments)['city']}.",
        }
        for one in response.output
        if one.type == "function_call"
    ]


def asked(client: OpenAI, given: Any, *, stream: bool, **options: Any) -> Any:
    """The whole response, streamed or not."""
    if not stream:
        return client.responses.create(input=given, tools=[WEATHER], **options)
    with client.responses.stream(
        model="memorychat", input=given, tools=[WEATHER], **options
    ) as events:
        list(events)
        return events.get_final_response()


def told(upstream: RunningUpstream) -> list[tuple[str, Any]]:
    """Who said what to the model last: its calls by their arguments."""
    return [
        (
            one["role"],
            one["content"]
            or [json.loads(two["function"]["arguments"]) for two in one["tool_calls"]],
        )
        for one in upstream.requests[-1].body["messages"][1:]
    ]


TOLD = [
    ("user", "How is the weather?"),
    ("assistant", [{"city": city} for city in CITIES]),
    *[("tool", f"Rain in {city}.") for city in CITIES],
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("how", ["agent", "stateless", "previous", "conversation", "references"])
def test_tools_are_called_and_their_results_are_told_to_the_model(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream, *, how: str, stream: bool
) -> None:
    options: dict[str, Any] = {}
    if how == "conversation":
        options["conversation"] = zoe_sdk.conversations.create().id
    if how == "stateless":
        options["store"] = False
    question = user("How is the weather?")
    upstream.script(asks_for(*CITIES))
    first = asked(zoe_sdk, [question], stream=stream, **options)

    assert [(one.type, one.name) for one in first.output] == [("function_call", "weather")] * 2
    assert [json.loads(one.arguments)["city"] for one in first.output] == list(CITIES)
    upstream.script(Reply(text="It rains."))
    given = {
        "agent": [question, *[one.model_dump() for one in first.output], *results(first)],
        "stateless": [question, *[one.model_dump() for one in first.output], *results(first)],
        "references": [
            question,
            *[{"type": "item_reference", "id": one.id} for one in first.output],
            *results(first),
        ],
    }.get(how, results(first))
    if how == "previous":
        options["previous_response_id"] = first.id
    second = asked(zoe_sdk, given, stream=stream, **options)

    assert second.output_text == "It rains."
    assert told(upstream) == TOLD
    tool = upstream.requests[-1].body["tools"][0]
    assert tool == {
        "type": "function",
        "function": {name: value for name, value in WEATHER.items() if name != "type"},
    }
    kept = [["How is the weather?", "It rains."]]
    assert contents(zoe) == ([] if how == "stateless" else kept)


@pytest.mark.parametrize("how", ["agent", "previous"])
def test_a_call_leads_to_another_and_the_question_to_a_next_one(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream, how: str
) -> None:
    upstream.script(
        asks_for("Bergen", turn="a"), asks_for("Oslo", turn="b"), Reply(text="Rain."), Reply()
    )
    talk: list[Any] = [user("How is the weather?")]
    options: dict[str, Any] = {}
    for _ in range(3):
        response = asked(zoe_sdk, talk, stream=False, **options)
        if how == "agent":
            talk += [one.model_dump() for one in response.output] + results(response)
        else:
            talk, options = results(response), {"previous_response_id": response.id}
    asked_last = told(upstream)
    asked(zoe_sdk, [*talk, user("Thanks.")], stream=False, **options)

    assert asked_last == [
        TOLD[0],
        ("assistant", [{"city": "Bergen"}]),
        ("tool", "Rain in Bergen."),
        ("assistant", [{"city": "Oslo"}]),
        ("tool", "Rain in Oslo."),
    ]
    assert told(upstream) == [TOLD[0], ("assistant", "Rain."), ("user", "Thanks.")]
    assert contents(zoe) == [["How is the weather?", "Rain.", "Thanks.", "Thanks."]]


def test_results_may_come_with_the_next_question(
    zoe: Person, zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(asks_for("Bergen"), Reply(text="It rains."))
    first = asked(zoe_sdk, "How is the weather?", stream=False)
    asked(
        zoe_sdk,
        [*results(first), user("Be short.")],
        stream=False,
        previous_response_id=first.id,
    )

    assert told(upstream)[-3:] == [
        ("assistant", [{"city": "Bergen"}]),
        ("tool", "Rain in Bergen."),
        ("user", "Be short."),
    ]


def test_results_without_their_calls_are_refused(
    zoe_sdk: OpenAI, upstream: RunningUpstream
) -> None:
    upstream.script(Reply(text="Hello."))
    response = zoe_sdk.responses.create(input="Hello.")
    stray: Any = {"type": "function_call_output", "call_id": "call_9", "output": "Rain."}

    with pytest.raises(openai.ConflictError) as refused:
        zoe_sdk.responses.create(input=[stray], previous_response_id=response.id)
    assert refused.value.code == "calls-not-kept"


def test_a_function_may_be_asked_for_by_name(zoe_sdk: OpenAI, upstream: RunningUpstream) -> None:
    named: Any = {"type": "function", "name": "weather"}
    upstream.script(Reply(text="Hello."))
    response = zoe_sdk.responses.create(
        input="Hello.", tools=[WEATHER], tool_choice=named, parallel_tool_calls=False
    )

    body = upstream.requests[-1].body
    assert body["tool_choice"] == {"type": "function", "function": {"name": "weather"}}
    assert body["parallel_tool_calls"] is False
    assert response.tools[0].model_dump(exclude_none=True) == WEATHER
