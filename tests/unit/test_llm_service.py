import asyncio

import pytest

from app.core.errors import AppError, InvalidInput, ModelInterrupted, ModelRefused, ModelUnavailable
from app.models.message import FinishReason, Role, Usage
from app.ports.chat_model import Finished, PromptMessage, TextDelta, ToolCallDelta
from app.services.llm_service import LLMService, RetryPolicy
from tests.support.scripted_model import ScriptedModel
from tests.support.talk import TOKENS, a_prompt

QUICK = RetryPolicy(attempts=3, total_s=1.0, first_wait_s=0.001, max_wait_s=0.002)


def a_service(*models: ScriptedModel, retry: RetryPolicy = QUICK) -> LLMService:
    return LLMService(models, tokens=TOKENS, retry=retry)


async def test_a_model_that_recovers_is_asked_again() -> None:
    model = ScriptedModel("main", [ModelUnavailable()], [ModelUnavailable()], ["Hello", " there"])

    completion = await a_service(model).complete(a_prompt())

    assert completion.text == "Hello there"
    assert model.calls == 3


async def test_attempts_are_bounded() -> None:
    model = ScriptedModel("main", [ModelUnavailable()])

    with pytest.raises(ModelUnavailable):
        await a_service(model).complete(a_prompt())

    assert model.calls == 3


async def test_a_refusal_is_not_repeated() -> None:
    model = ScriptedModel("main", [ModelRefused()])

    with pytest.raises(ModelRefused):
        await a_service(model).complete(a_prompt())

    assert model.calls == 1


async def test_an_endpoint_that_asks_for_more_time_than_there_is_is_not_waited_for() -> None:
    model = ScriptedModel("main", [ModelUnavailable(retry_after_s=30)])

    with pytest.raises(ModelUnavailable) as raised:
        await a_service(model).complete(a_prompt())

    assert model.calls == 1
    assert raised.value.retry_after_s == 30


async def test_an_endpoint_gets_the_time_that_it_asks_for() -> None:
    model = ScriptedModel("main", [ModelUnavailable(retry_after_s=0.05)], ["Hello"])
    now = asyncio.get_running_loop().time
    begun = now()

    await a_service(model).complete(a_prompt())

    assert now() - begun >= 0.05


@pytest.mark.parametrize("failure", [ModelUnavailable(), ModelRefused()])
async def test_the_next_model_answers_when_the_preferred_one_cannot(failure: AppError) -> None:
    service = a_service(
        ScriptedModel("main", [failure]), ScriptedModel("spare", ["Hello"], only_quotes=True)
    )

    async with service.stream(a_prompt()) as answer:
        assert (answer.model, answer.only_quotes) == ("main", False)
        pieces = [piece async for piece in answer]

    assert pieces[0] == TextDelta("Hello")
    assert (answer.model, answer.only_quotes) == ("spare", True)
    assert service.name == "main"


async def test_the_failure_that_may_pass_is_the_one_that_is_told() -> None:
    service = a_service(
        ScriptedModel("main", [ModelRefused()]), ScriptedModel("spare", [ModelUnavailable()])
    )

    with pytest.raises(ModelUnavailable):
        await service.complete(a_prompt())


async def test_nothing_is_retried_after_the_first_piece() -> None:
    main = ScriptedModel("main", ["Hel", ModelInterrupted()])
    spare = ScriptedModel("spare", ["Hello"])
    pieces = []

    async def listen() -> None:
        async with a_service(main, spare).stream(a_prompt()) as answer:
            async for piece in answer:
                pieces.append(piece)

    with pytest.raises(ModelInterrupted):
        await listen()

    assert pieces == [TextDelta("Hel")]
    assert (main.calls, spare.calls) == (1, 0)


async def test_leaving_an_answer_ends_the_models_stream() -> None:
    model = ScriptedModel("main", ["Hel", None])

    async with a_service(model).stream(a_prompt()) as answer:
        async for _ in answer:
            break

    assert model.closed == 1


async def test_cancelling_a_waiting_answer_ends_the_models_stream() -> None:
    model = ScriptedModel("main", [None])
    task = asyncio.create_task(a_service(model).complete(a_prompt()))
    await model.waiting.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert (model.calls, model.closed) == (1, 1)


async def test_usage_is_estimated_when_the_endpoint_did_not_count() -> None:
    completion = await a_service(ScriptedModel("main", ["hello", " world"])).complete(
        a_prompt("hello world")
    )

    assert completion.usage == Usage(input_tokens=2 + 4 + 3, output_tokens=2)


async def test_an_answer_may_be_nothing_but_calls() -> None:
    call = ToolCallDelta(0, "call_1", "weather", '{"city": "Bergen"}')
    service = a_service(ScriptedModel("main", [ModelUnavailable()], [call]))

    async with service.stream(a_prompt("hello world")) as answer:
        first, end = [piece async for piece in answer]

    assert first == call
    cost = TOKENS.count("weather" + call.arguments)
    assert end == Finished(FinishReason.TOOL_CALLS, Usage(2 + 4 + 3, cost))


async def test_nothing_is_retried_after_the_first_piece_of_a_call() -> None:
    model = ScriptedModel("main", [ToolCallDelta(0, "call_1", "weather", ""), ModelInterrupted()])

    with pytest.raises(ModelInterrupted):
        await a_service(model).complete(a_prompt())

    assert model.calls == 1


async def test_an_empty_answer_is_an_answer() -> None:
    completion = await a_service(ScriptedModel("main", [])).complete(a_prompt())

    assert completion.text == ""
    assert completion.finish_reason is FinishReason.STOP


async def test_one_model_that_answers_is_enough_to_be_ready() -> None:
    broken, sound = ScriptedModel("main", [ModelUnavailable()]), ScriptedModel("spare", [])

    await a_service(broken, sound).check()
    with pytest.raises(ModelUnavailable):
        await a_service(broken).check()


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [PromptMessage(Role.USER, " \n")],
        [PromptMessage(Role.USER, "Hi"), PromptMessage(Role.ASSISTANT, "Hello")],
        [
            PromptMessage(Role.USER, "Hi"),
            PromptMessage(Role.SYSTEM, "Be"),
            PromptMessage(Role.USER, "?"),
        ],
    ],
)
def test_messages_that_no_model_can_be_asked_with_are_refused(
    messages: list[PromptMessage],
) -> None:
    with pytest.raises(InvalidInput):
        LLMService.validate(messages)


def test_a_conversation_is_accepted() -> None:
    LLMService.validate(
        [
            PromptMessage(Role.SYSTEM, "Be kind."),
            PromptMessage(Role.ASSISTANT, "Hello."),
            PromptMessage(Role.USER, "Hi."),
        ]
    )


def test_text_is_counted() -> None:
    assert a_service(ScriptedModel("main", [])).count_tokens("hello world") == 2
