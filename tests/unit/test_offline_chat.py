from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.adapters.offline_chat import OfflineChatModel
from app.core.errors import ModelRefused
from app.models.memory import Recalled
from app.models.message import FinishReason, Role
from app.ports.chat_model import (
    Finished,
    GivenMessage,
    Prompt,
    PromptMessage,
    Purpose,
    TextDelta,
)
from tests.support.talk import TOKENS, a_prompt, a_recalled

MODEL = OfflineChatModel(TOKENS)
MAY = datetime(2023, 5, 8, tzinfo=UTC)
PRESENT = "I am the offline model (no model is configured), so I can only quote what I remember"


async def answered(prompt: Prompt) -> tuple[str, Finished]:
    pieces = [piece async for piece in MODEL.stream(prompt)]
    finished = pieces.pop()
    assert isinstance(finished, Finished)
    return "".join(piece.text for piece in pieces if isinstance(piece, TextDelta)), finished


async def test_it_quotes_the_best_three_memories_with_date_and_speaker() -> None:
    memories = [
        a_recalled("My sister Anna lives in Bergen.", said_at=MAY),
        a_recalled("Bergen is rainy.", speaker="assistant", said_at=MAY),
        a_recalled("The user likes\nrain.", speaker=None, said_at=MAY),
        a_recalled("Fourth.", speaker="Melanie", said_at=MAY),
    ]

    text, _ = await answered(a_prompt("Where does Anna live?", memories=memories))

    assert text.splitlines() == [
        f"{PRESENT}:",
        "• 8 May 2023, you: “My sister Anna lives in Bergen.”",
        "• 8 May 2023, I: “Bergen is rainy.”",
        "• 8 May 2023: “The user likes rain.”",
    ]


async def test_it_does_not_quote_what_is_given_with_any_message() -> None:
    vital = replace(a_recalled("I am allergic to nuts."), terms={"important": 0.9})

    text, _ = await answered(a_prompt("How tall are giraffes?", memories=[vital]))

    assert text == f"{PRESENT}, and I remember nothing about this."


async def test_a_long_memory_is_cut_at_a_word() -> None:
    memory: Recalled = a_recalled("wonderful " * 100)

    text, _ = await answered(a_prompt("What was it like?", memories=[memory]))

    assert len(text) < 450
    assert text.endswith("wonderful …”")


@pytest.mark.parametrize("question", ["Where is Anna?", "tell me about Anna", "Wo wohnt Anna?"])
async def test_it_says_plainly_that_it_remembers_nothing(question: str) -> None:
    text, _ = await answered(a_prompt(question))

    assert text == f"{PRESENT}, and I remember nothing about this."


async def test_a_statement_is_acknowledged_and_no_promise_is_made() -> None:
    text, _ = await answered(a_prompt("My sister Anna lives in Bergen."))

    assert text == f"I have read that. {PRESENT}, and I remember nothing about this yet."


async def test_a_summary_is_the_first_sentence_of_each_of_the_users_messages() -> None:
    prompt = Prompt(
        messages=(
            PromptMessage(Role.SYSTEM, "Summarise."),
            PromptMessage(Role.USER, "My sister Anna lives in Bergen. It rains. "),
            PromptMessage(Role.ASSISTANT, "I see."),
            PromptMessage(Role.USER, "她住在卑尔根。 下雨。"),
            PromptMessage(Role.USER, "Write the summary."),
        ),
        purpose=Purpose.SUMMARY,
        max_output_tokens=200,
    )

    text, finished = await answered(prompt)

    assert text == "My sister Anna lives in Bergen. 她住在卑尔根。"
    assert finished.reason is FinishReason.STOP


async def test_a_summary_stays_within_its_budget() -> None:
    told = tuple(PromptMessage(Role.USER, f"This is sentence {n}.") for n in range(100))
    prompt = Prompt(messages=told, purpose=Purpose.SUMMARY, max_output_tokens=50)

    text, finished = await answered(prompt)

    assert text.startswith("This is sentence 0. This is sentence 1.")
    assert TOKENS.count(text) <= 50
    assert finished.reason is FinishReason.STOP


async def test_it_refuses_to_extract_rather_than_to_find_nothing() -> None:
    with pytest.raises(ModelRefused):
        await answered(a_prompt(purpose=Purpose.EXTRACTION))


async def test_an_answer_over_its_limit_is_cut_and_says_so() -> None:
    text, finished = await answered(a_prompt("Where?", max_output_tokens=5))

    assert finished.reason is FinishReason.LENGTH
    assert PRESENT.startswith(text.strip())


@pytest.mark.parametrize(
    ("stop", "text"),
    [
        (", so", "I am the offline model (no model is configured)"),
        (["nothing", "no model"], "I am the offline model ("),
        (["", "absent"], f"{PRESENT}, and I remember nothing about this."),
        (None, f"{PRESENT}, and I remember nothing about this."),
    ],
)
async def test_it_stops_before_the_words_that_it_is_told_to(stop: object, text: str) -> None:
    said, finished = await answered(replace(a_prompt("Where?"), options={"stop": stop}))

    assert said == text
    assert finished.reason is FinishReason.STOP


async def test_the_result_of_a_tool_is_read_as_a_statement() -> None:
    result = GivenMessage("tool", "Who is there?", {"role": "tool", "content": "Who is there?"})
    tools = {"tools": [{"type": "function", "function": {"name": "knock"}}], "n": 2}

    text, finished = await answered(Prompt(messages=(result,), options=tools))

    assert text.startswith("I have read that. ")
    assert finished.reason is FinishReason.STOP


async def test_tokens_are_counted() -> None:
    _, finished = await answered(a_prompt("hello world"))

    assert finished.usage is not None
    assert finished.usage.input_tokens == 2
    assert finished.usage.output_tokens > 10
