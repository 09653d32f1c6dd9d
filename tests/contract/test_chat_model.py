import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from app.adapters.offline_chat import OfflineChatModel
from app.adapters.openai_chat import OpenAIChatModel
from app.models.message import FinishReason
from app.ports.chat_model import ChatModel, Finished, GivenMessage, Piece, Prompt, TextDelta
from tests.support.talk import TOKENS, a_prompt, a_recalled
from tests.support.upstream import Upstream


@pytest.fixture(params=["offline", "openai"])
async def model(request: pytest.FixtureRequest) -> AsyncIterator[ChatModel]:
    if request.param == "offline":
        yield OfflineChatModel(TOKENS)
        return
    async with Upstream() as upstream:
        model = OpenAIChatModel(name="scripted", api_key="key", base_url=upstream.url)
        yield model
        await model.close()


GREETING = a_prompt(
    "Where does Anna live? Ærlig talt 🎈",
    memories=[a_recalled("My sister Anna lives in Bergen. 🎈")],
)


async def test_an_answer_is_pieces_and_one_end(model: ChatModel) -> None:
    *pieces, end = [piece async for piece in model.stream(GREETING)]

    assert len(pieces) > 3
    assert all(isinstance(piece, TextDelta) and piece.text for piece in pieces)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.STOP
    assert end.usage is not None
    assert end.usage.total_tokens > 0


async def test_letters_of_any_alphabet_arrive_whole(model: ChatModel) -> None:
    pieces = [piece async for piece in model.stream(GREETING)]

    assert "🎈" in "".join(piece.text for piece in pieces if isinstance(piece, TextDelta))


async def test_the_same_prompt_can_be_asked_twice_at_once(model: ChatModel) -> None:
    async def answer() -> list[Piece]:
        return [piece async for piece in model.stream(GREETING)]

    first, second = await asyncio.gather(answer(), answer())

    assert first == second


async def test_closing_an_answer_ends_it_and_leaves_the_model_usable(model: ChatModel) -> None:
    async with aclosing(model.stream(GREETING)) as answer:
        await anext(answer)

    with pytest.raises(StopAsyncIteration):
        await anext(answer)
    assert [piece async for piece in model.stream(GREETING)]


async def test_the_result_of_a_tool_is_answered(model: ChatModel) -> None:
    body = {"role": "tool", "tool_call_id": "call_1", "content": "Who is there? It rains."}
    result = GivenMessage("tool", "Who is there? It rains.", body)

    *pieces, end = [
        piece
        async for piece in model.stream(
            Prompt(messages=(*GREETING.messages, result), options={"stop": ["\n\n"], "seed": 7})
        )
    ]

    assert all(isinstance(piece, TextDelta) for piece in pieces)
    assert isinstance(end, Finished)
    assert end.reason is FinishReason.STOP


async def test_a_cancelled_answer_stops(model: ChatModel) -> None:
    begun = asyncio.Event()

    async def follow() -> None:
        while True:
            async for _ in model.stream(GREETING):
                begun.set()

    task = asyncio.create_task(follow())
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_model_has_a_name_and_answers_checks(model: ChatModel) -> None:
    await model.check()

    assert model.name
    assert isinstance(model.only_quotes, bool)
