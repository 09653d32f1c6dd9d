import asyncio
import socket

import pytest

from app.core.errors import ModelInterrupted, ModelRefused, ModelUnavailable
from app.models.message import FinishReason, Usage
from app.ports.chat_model import Finished
from app.services.llm_service import LLMService
from tests.support.talk import a_prompt
from tests.support.upstream import Reply, Upstream
from tests.support.upstream_calls import FIRST_TOKEN_S, IDLE_S, a_model, broken, said


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refusal_is_told_at_once(upstream: Upstream, llm: LLMService, status: int) -> None:
    upstream.script(Reply(status=status, error={"code": "some_code"}))

    text, error = await broken(llm)

    assert text == ""
    assert isinstance(error, ModelRefused)
    assert f"{status} (some_code)" in error.detail
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
async def test_a_passing_error_is_not_noticed(
    upstream: Upstream, llm: LLMService, status: int
) -> None:
    upstream.script(Reply(status=status, headers={"Retry-After": "0.01"}), Reply(text="Hello."))

    text, _ = await said(llm)

    assert text == "Hello."
    assert len(upstream.requests) == 2


async def test_a_lasting_error_is_told_with_the_time_to_wait(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(status=429, headers={"Retry-After": "30"}))

    _, error = await broken(llm)

    assert isinstance(error, ModelUnavailable)
    assert error.headers() == {"Retry-After": "30"}
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(after=0, then="cut"),
        Reply(after=0, then="malformed"),
        Reply(after=0, then="error", error={"code": "overloaded"}),
        Reply(after=0, then="endless_line"),
        Reply(after=0, then="stall"),
        Reply(after=0, then="stall", comments=1),
        Reply(text="", done=False, finish_reason=None),
        Reply(silent=True),
    ],
    ids=lambda reply: "silent" if reply.silent else reply.then,
)
async def test_a_break_before_the_first_word_is_tried_again(
    upstream: Upstream, llm: LLMService, reply: Reply
) -> None:
    upstream.script(reply, Reply(text="Hello."))

    text, _ = await said(llm)

    assert text == "Hello."


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text="one two three", after=2, then="cut"),
        Reply(text="one two three", after=2, then="malformed"),
        Reply(text="one two three", after=2, then="error", error={"code": "overloaded"}),
        Reply(text="one two three", after=2, then="endless_line"),
        Reply(text="one two three", after=2, then="stall"),
        Reply(text="one two three", after=2, then="stall", comments=1),
        Reply(text="one two ", done=False, finish_reason=None),
    ],
    ids=lambda reply: reply.then,
)
async def test_a_break_after_the_first_word_keeps_what_came_and_is_not_tried_again(
    upstream: Upstream, llm: LLMService, reply: Reply
) -> None:
    upstream.script(reply)

    text, error = await broken(llm)

    assert text == "one two "
    assert isinstance(error, ModelInterrupted)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(write_bytes=1),
        Reply(write_bytes=3, line_end="\r\n"),
        Reply(write_bytes=1 << 20),
        Reply(comments=2),
        Reply(done=False),
        Reply(finish_reason=None),
        Reply(reasoning=("Well", "then")),
    ],
    ids=str,
)
async def test_an_odd_stream_is_read_all_the_same(
    upstream: Upstream, llm: LLMService, reply: Reply
) -> None:
    upstream.script(reply)

    text, end = await said(llm, "Größe 🎈 und 卑尔根")

    assert text == "Größe 🎈 und 卑尔根"
    assert end == Finished(FinishReason.STOP, Usage(input_tokens=10, output_tokens=4))


async def test_usage_is_estimated_when_it_does_not_come(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(text="hello world", usage=False))

    _, end = await said(llm)

    assert end.usage is not None
    assert end.usage.output_tokens == 2


@pytest.mark.parametrize("done", [True, False])
async def test_an_answer_is_complete_though_its_connection_stays_open(
    upstream: Upstream, llm: LLMService, *, done: bool
) -> None:
    upstream.script(Reply(text="All of it.", usage=False, done=done, linger_s=30))

    text, end = await asyncio.wait_for(said(llm), timeout=2)

    assert text == "All of it."
    assert end.reason is FinishReason.STOP


@pytest.mark.parametrize(
    ("said_reason", "reason"),
    [
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.CONTENT_FILTER),
        ("eos", FinishReason.STOP),
    ],
)
async def test_the_reason_for_the_end_is_kept(
    upstream: Upstream, llm: LLMService, said_reason: str, reason: FinishReason
) -> None:
    upstream.script(Reply(finish_reason=said_reason))

    _, end = await said(llm)

    assert end.reason is reason


async def test_an_answer_may_be_slow_as_long_as_it_goes_on(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(text="one two three four five", delay_s=IDLE_S / 3))

    text, _ = await said(llm)

    assert text == "one two three four five"


async def test_thinking_aloud_puts_off_the_deadline_of_the_first_word(
    upstream: Upstream, llm: LLMService
) -> None:
    thoughts = ("hm",) * 12
    upstream.script(Reply(text="Done.", reasoning=thoughts, delay_s=FIRST_TOKEN_S / 8))

    text, _ = await said(llm)

    assert text == "Done."
    assert len(upstream.requests) == 1


async def test_an_endpoint_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        model = a_model(f"http://127.0.0.1:{unheard.getsockname()[1]}/v1")
        with pytest.raises(ModelUnavailable):
            await anext(model.stream(a_prompt()))
        with pytest.raises(ModelUnavailable):
            await model.check()
        await model.close()
