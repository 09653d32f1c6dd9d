"""What clients ask an endpoint for through us, and what they hear of its refusals."""

from collections.abc import AsyncIterator

import pytest

from app.adapters.openai_chat import OpenAIChatModel
from app.core.errors import ModelInterrupted, ModelRefused, ModelUnavailable
from app.models.message import Role
from app.ports.chat_model import GivenMessage, Piece, Prompt, PromptMessage
from app.services.llm_service import LLMService
from tests.support.talk import a_prompt
from tests.support.upstream import Reply, Upstream

CALL = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]


@pytest.fixture
async def model(upstream: Upstream) -> AsyncIterator[OpenAIChatModel]:
    """With patience: nothing here is about time."""
    model = OpenAIChatModel(name="scripted", api_key="sk-secret", base_url=upstream.url)
    yield model
    await model.close()


async def answered(model: OpenAIChatModel, prompt: Prompt) -> list[Piece]:
    return [piece async for piece in model.stream(prompt)]


async def test_what_a_client_gave_goes_on_as_it_is(
    upstream: Upstream, model: OpenAIChatModel
) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    bodies: list[dict[str, object]] = [
        {"role": "user", "content": [{"type": "text", "text": "Look"}, picture], "name": "Ada"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "a", "content": "It rains."},
    ]
    given = [GivenMessage(str(body["role"]), "", body) for body in bodies]
    options = {
        "tools": TOOLS,
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "parallel_tool_calls": False,
        "stop": ["\n\n", "END"],
        "seed": 7,
        "top_p": 0.5,
        "temperature": 0.1,
        "max_completion_tokens": 9,
        "logit_bias": {"50256": -100},
        "user": None,
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}},
    }
    prompt = Prompt(messages=(PromptMessage(Role.SYSTEM, "Be kind."), *given), options=options)

    await answered(model, prompt)

    assert upstream.requests[-1].body == {
        "model": "scripted",
        "messages": [{"role": "system", "content": "Be kind."}, *bodies],
        "stream": True,
        "store": False,
        "stream_options": {"include_usage": True},
        **options,
    }


async def test_what_is_ours_to_say_no_option_says_otherwise(
    upstream: Upstream, model: OpenAIChatModel
) -> None:
    theirs = {"model": "dear", "messages": [], "stream": False, "store": True, "stream_options": {}}
    prompt = Prompt(
        messages=(PromptMessage(Role.USER, "Hello."),),
        temperature=0.2,
        max_output_tokens=5,
        json_object=True,
        options={**theirs, "temperature": 2, "max_completion_tokens": 1, "response_format": None},
    )

    await answered(model, prompt)

    assert upstream.requests[-1].body == {
        "model": "scripted",
        "messages": [{"role": "user", "content": "Hello."}],
        "stream": True,
        "store": False,
        "stream_options": {"include_usage": True},
        "temperature": 0.2,
        "max_tokens": 5,
        "response_format": {"type": "json_object"},
    }


@pytest.mark.parametrize("option", ["tools", "temperature", "response_format", "max_tokens"])
async def test_what_a_client_asks_for_is_refused_rather_than_left_out(
    upstream: Upstream, model: OpenAIChatModel, option: str
) -> None:
    upstream.refuses = frozenset({option})
    asking = Prompt(messages=(PromptMessage(Role.USER, "Hello."),), options={option: 1})

    with pytest.raises(ModelRefused):
        await answered(model, asking)

    assert [request.body[option] for request in upstream.requests] == [1]


async def test_what_was_refused_of_ours_is_still_sent_when_a_client_asks_for_it(
    upstream: Upstream, model: OpenAIChatModel
) -> None:
    upstream.refuses = frozenset({"response_format"})
    await answered(model, a_prompt(json_object=True))
    upstream.refuses = frozenset()
    wish = {"type": "json_schema"}

    await answered(
        model,
        Prompt(messages=(PromptMessage(Role.USER, "Hello."),), options={"response_format": wish}),
    )

    assert upstream.requests[-1].body["response_format"] == wish


async def test_a_refusal_names_the_endpoints_status_code_and_parameter(
    upstream: Upstream, llm: LLMService
) -> None:
    error = {"code": "unsupported_parameter", "param": "tools[0].function"}
    upstream.script(Reply(status=400, error=error))

    with pytest.raises(ModelRefused) as raised:
        await llm.complete(a_prompt("My secret."))

    refusal = raised.value
    assert refusal.upstream_status == 400
    assert refusal.upstream_code == "unsupported_parameter"
    assert refusal.upstream_param == "tools[0].function"
    assert refusal.detail.endswith("answered 400 (unsupported_parameter) about tools[0].function")


async def test_a_limit_names_its_status_and_the_time_to_wait(
    upstream: Upstream, llm: LLMService
) -> None:
    headers = {"Retry-After": "30"}
    upstream.script(Reply(status=429, headers=headers, error={"code": "rate_limit_exceeded"}))

    with pytest.raises(ModelUnavailable) as raised:
        await llm.complete(a_prompt())

    assert (raised.value.upstream_status, raised.value.retry_after_s) == (429, 30)
    assert raised.value.upstream_code == "rate_limit_exceeded"


@pytest.mark.parametrize("code", ["context_length_exceeded", "content_filter", 400])
async def test_an_error_inside_the_stream_that_will_not_change_is_not_tried_again(
    upstream: Upstream, llm: LLMService, code: object
) -> None:
    upstream.script(Reply(after=0, then="error", error={"code": code}))

    with pytest.raises(ModelRefused):
        await llm.complete(a_prompt())

    assert len(upstream.requests) == 1


@pytest.mark.parametrize("code", [429, 502, "overloaded"])
async def test_an_error_inside_the_stream_that_may_pass_is_tried_again(
    upstream: Upstream, llm: LLMService, code: object
) -> None:
    upstream.script(Reply(after=0, then="error", error={"code": code}), Reply(text="Hello."))

    assert (await llm.complete(a_prompt())).text == "Hello."


async def test_an_error_after_the_first_word_interrupts_and_names_its_code(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(text="one two", after=1, then="error", error={"code": "content_filter"}))

    with pytest.raises(ModelInterrupted) as raised:
        await llm.complete(a_prompt())

    assert raised.value.upstream_code == "content_filter"
