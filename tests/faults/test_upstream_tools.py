"""Calls of tools, as endpoints of several dialects send them."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from app.adapters.openai_answer import OpenAIAnswer
from app.adapters.openai_chat import OpenAIChatModel
from app.core.errors import ModelInterrupted
from app.models.message import FinishReason
from app.ports.chat_model import (
    Finished,
    Piece,
    Prompt,
    TextDelta,
    ToolCallDelta,
)
from app.services.llm_service import LLMService
from tests.support.talk import TOKENS, a_prompt
from tests.support.upstream import Reply, Upstream

WEATHER = ("weather", '{"city": "Bergen"}')
TIME = ("time", '{"zone": "CET"}')


def piece(arguments: object = None, *, name: str | None = None, **place: object) -> dict[str, Any]:
    """One piece of a call; what is None is not there."""
    function = {"name": name, "arguments": arguments}
    said = {key: value for key, value in function.items() if value is not None}
    return {**place, "type": "function", "function": said}


def calls(*pieces: dict[str, Any]) -> dict[str, Any]:
    return {"tool_calls": list(pieces)}


BY_PIECES = (
    calls(piece("", index=0, id="a", name="weather")),
    calls(piece('{"city": ', index=0)),
    calls(piece('"Bergen"}', index=0)),
    calls(piece("", index=1, id="b", name="time")),
    calls(piece('{"zone": "CET"}', index=1)),
)
A, B = ({"id": "a", "name": "weather"}, {"id": "b", "name": "time"})
DIALECTS: dict[str, Sequence[dict[str, Any]]] = {
    "as OpenAI has it": BY_PIECES,
    "both in one chunk": [calls(piece(WEATHER[1], index=0, **A), piece(TIME[1], index=1, **B))],
    "pieces of both in one chunk": [
        calls(piece('{"city": ', index=0, **A), piece('{"zone": ', index=1, **B)),
        calls(piece('"Bergen"}', index=0), piece('"CET"}', index=1)),
    ],
    "whole, without an index": [calls(piece(WEATHER[1], **A)), calls(piece(TIME[1], **B))],
    "whole, all with index 0": [
        calls(piece(WEATHER[1], index=0, **A)),
        calls(piece(TIME[1], index=0, **B)),
    ],
    "by pieces, without an index": [
        calls(piece("", **A)),
        calls(piece('{"city": ')),
        calls(piece('"Bergen"}', id="a")),
        calls(piece('{"zone": ', **B), piece('"CET"}')),
    ],
    "by pieces, with index 0 for the second": [
        calls(piece(WEATHER[1], index=0, **A)),
        calls(piece('{"zone": ', index=0, **B)),
        calls(piece('"CET"}', index=0)),
    ],
    "id and name with every piece": [
        calls(piece('{"city": ', index=0, **A)),
        calls(piece('"Bergen"}', index=0, **A)),
        calls(piece('{"zone": ', index=1, **B)),
        calls(piece('"CET"}', index=1, **B)),
    ],
    "another id with every piece": [
        calls(piece("", index=0, **A)),
        calls(piece(WEATHER[1], index=0, id="a2")),
        calls(piece("", index=1, **B)),
        calls(piece(TIME[1], index=1, id="b2")),
    ],
    "empty ids and names afterwards": [
        calls(piece("", index=0, **A)),
        calls(piece(WEATHER[1], index=0, id="", name="")),
        calls(piece(TIME[1], index=1, **B)),
    ],
    "indexes that do not begin with 0": [
        calls(piece(WEATHER[1], index=1, **A)),
        calls(piece(TIME[1], index=2, **B)),
    ],
    "arguments as an object": [
        calls(piece({"city": "Bergen"}, index=0, **A)),
        calls(piece({"zone": "CET"}, index=1, **B)),
    ],
}


@pytest.fixture
async def model(upstream: Upstream) -> AsyncIterator[OpenAIChatModel]:
    """With patience: nothing here is about time."""
    model = OpenAIChatModel(name="scripted", api_key="sk-secret", base_url=upstream.url)
    yield model
    await model.close()


async def answered(model: OpenAIChatModel, prompt: Prompt | None = None) -> list[Piece]:
    return [piece async for piece in model.stream(prompt or a_prompt())]


def whole(pieces: Sequence[Piece]) -> list[tuple[str | None, str | None, str]]:
    """The calls, each put together by its index, as (id, name, arguments) without blanks."""
    deltas = [piece for piece in pieces if isinstance(piece, ToolCallDelta)]
    found = []
    for index in sorted({delta.index for delta in deltas}):
        own = [delta for delta in deltas if delta.index == index]
        assert [delta for delta in own if delta.id] == own[:1], "the id comes with the first piece"
        assert [delta for delta in own if delta.name] == own[:1], "and so does the name"
        arguments = "".join(delta.arguments for delta in own).replace(" ", "")
        found.append((own[0].id, own[0].name, arguments))
    return found


@pytest.mark.parametrize("finish_reason", ["tool_calls", "stop", None])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_calls_are_read_in_every_dialect(
    upstream: Upstream, model: OpenAIChatModel, dialect: str, finish_reason: str | None
) -> None:
    reply = Reply(text="", deltas=tuple(DIALECTS[dialect]), finish_reason=finish_reason)
    upstream.script(reply)

    *pieces, end = await answered(model)

    assert whole(pieces) == [
        ("a", "weather", '{"city":"Bergen"}'),
        ("b", "time", '{"zone":"CET"}'),
    ]
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.TOOL_CALLS


async def test_pieces_come_as_they_were_sent(upstream: Upstream, model: OpenAIChatModel) -> None:
    upstream.script(Reply(text="Wait. ", deltas=BY_PIECES, finish_reason="tool_calls"))

    pieces = await answered(model)

    assert pieces[:-1] == [
        TextDelta("Wait. "),
        ToolCallDelta(0, "a", "weather", ""),
        ToolCallDelta(0, None, None, '{"city": '),
        ToolCallDelta(0, None, None, '"Bergen"}'),
        ToolCallDelta(1, "b", "time", ""),
        ToolCallDelta(1, None, None, '{"zone": "CET"}'),
    ]


async def test_calls_that_have_no_ids_get_one_each(
    upstream: Upstream, model: OpenAIChatModel
) -> None:
    one, other = piece("{}", name="weather"), piece("{}", name="time")
    upstream.script(Reply(text="", deltas=(calls(one), calls(other))))

    found = whole(await answered(model))

    assert [name for _, name, _ in found] == ["weather", "time"]
    assert len({call_id for call_id, _, _ in found}) == 2


async def test_calls_that_are_cut_off_by_the_limit_say_so(
    upstream: Upstream, model: OpenAIChatModel
) -> None:
    upstream.script(Reply(text="", deltas=BY_PIECES[:2], finish_reason="length"))

    end = (await answered(model))[-1]

    assert isinstance(end, Finished)
    assert end.reason is FinishReason.LENGTH


async def test_what_cannot_be_read_as_a_call_is_no_call(
    upstream: Upstream, model: OpenAIChatModel
) -> None:
    legacy = {"function_call": {"name": "weather", "arguments": "{}"}}
    odd = {"tool_calls": [None, {}, {"function": None}, {"index": "0", "id": 7}]}
    upstream.script(Reply(text="Hello.", deltas=(legacy, odd, {"tool_calls": None})))

    pieces = await answered(model)

    assert [type(piece) for piece in pieces] == [TextDelta, Finished]
    assert isinstance(pieces[-1], Finished)
    assert pieces[-1].reason is FinishReason.STOP


async def test_a_refusal_is_text(upstream: Upstream, model: OpenAIChatModel) -> None:
    upstream.script(Reply(text="", deltas=({"content": None, "refusal": "I will not."},)))

    assert (await answered(model))[0] == TextDelta("I will not.")


def test_further_choices_are_not_mixed_in() -> None:
    event = b'data: {"choices": [{"index": %d, "delta": {"content": "%s"}}]}\n\n'
    answer = OpenAIAnswer()

    said = [*answer.feed(event % (0, b"one")), *answer.feed(event % (1, b"other"))]

    assert said == [TextDelta("one")]


async def test_a_break_after_the_first_piece_of_a_call_is_not_tried_again(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(text="", deltas=BY_PIECES[:1], then="cut"))

    async with llm.stream(a_prompt()) as answer:
        assert await anext(aiter(answer)) == ToolCallDelta(0, "a", "weather", "")
        with pytest.raises(ModelInterrupted):
            await anext(aiter(answer))

    assert len(upstream.requests) == 1


async def test_usage_that_does_not_come_is_estimated_with_the_calls(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(text="", deltas=BY_PIECES, usage=False))

    async with llm.stream(a_prompt()) as answer:
        *_, end = [piece async for piece in answer]

    assert isinstance(end, Finished)
    assert end.usage is not None
    words = "".join((*WEATHER, *TIME))
    assert end.usage.output_tokens == TOKENS.count(words)


async def test_a_completion_is_the_text_beside_the_calls(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(text="Wait.", deltas=BY_PIECES, finish_reason="tool_calls"))

    completion = await llm.complete(a_prompt())

    assert completion.text == "Wait."
    assert completion.finish_reason is FinishReason.TOOL_CALLS
