import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import pytest

from app.adapters.openai_chat import OpenAIChatModel
from app.core.errors import AppError, ModelInterrupted, ModelRefused, ModelUnavailable
from app.models.message import FinishReason, Usage
from app.ports.chat_model import Finished, TextDelta
from app.services.llm_service import LLMService, RetryPolicy
from tests.support.talk import TOKENS, a_prompt
from tests.support.upstream import Reply, Upstream

CANARY = "Zyrafa-7731"
FIRST_TOKEN_S = 0.5
IDLE_S = 0.3


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        yield upstream


def a_model(base_url: str) -> OpenAIChatModel:
    return OpenAIChatModel(
        name="scripted",
        api_key="sk-secret",
        base_url=base_url,
        connect_timeout_s=0.3,
        first_token_timeout_s=FIRST_TOKEN_S,
        idle_timeout_s=IDLE_S,
    )


@pytest.fixture
async def model(upstream: Upstream) -> AsyncIterator[OpenAIChatModel]:
    model = a_model(upstream.url)
    yield model
    await model.close()


@pytest.fixture
def llm(model: OpenAIChatModel) -> LLMService:
    retry = RetryPolicy(attempts=2, total_s=5.0, first_wait_s=0.001, max_wait_s=0.002)
    return LLMService([model], tokens=TOKENS, retry=retry)


async def said(llm: LLMService, text: str = f"My {CANARY} says so.") -> tuple[str, Finished]:
    """The answer and its end."""
    completion = await llm.complete(a_prompt(text))
    return completion.text, Finished(completion.finish_reason, completion.usage)


async def broken(llm: LLMService) -> tuple[str, AppError]:
    """What came before the failure, and the failure."""
    texts: list[str] = []

    async def listen() -> None:
        async with llm.stream(a_prompt(f"My {CANARY} says so.")) as answer:
            async for piece in answer:
                assert isinstance(piece, TextDelta)
                texts.append(piece.text)

    with pytest.raises(AppError) as raised:
        await listen()
    assert raised.value.__context__ is None, "the cause would carry the endpoint's sentence"
    assert CANARY not in str(raised.value)
    return "".join(texts), raised.value


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


async def test_leaving_an_answer_hangs_up(upstream: Upstream, llm: LLMService) -> None:
    upstream.script(Reply(text="one two three", after=1, then="stall"))

    async with llm.stream(a_prompt()) as answer:
        async for _ in answer:
            break

    await asyncio.wait_for(upstream.hung_up.wait(), timeout=1)


async def test_options_that_the_endpoint_refuses_are_left_out_and_remembered(
    upstream: Upstream, model: OpenAIChatModel
) -> None:
    upstream.refuses = frozenset({"store", "stream_options", "max_tokens"})
    prompt = a_prompt("Hello.", max_output_tokens=9, json_object=True)

    for _ in range(2):
        assert [piece async for piece in model.stream(prompt)]

    assert len(upstream.requests) == 3 + 1 + 1
    assert upstream.requests[-1].body == {
        "model": "scripted",
        "messages": [{"role": "user", "content": "Hello."}],
        "stream": True,
        "max_completion_tokens": 9,
        "response_format": {"type": "json_object"},
    }


async def test_an_error_that_quotes_the_user_does_not_unlearn_an_option(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(status=400, keep=True))
    with pytest.raises(ModelRefused):
        await said(llm, "Why does 'store' matter?")
    upstream.script()

    await said(llm)

    assert upstream.requests[-1].body["store"] is False


async def test_one_connection_serves_one_answer_after_the_other(
    upstream: Upstream, llm: LLMService
) -> None:
    upstream.script(Reply(linger_s=0.01, keep=True))

    for _ in range(5):
        await said(llm)

    assert len({request.peer_port for request in upstream.requests}) == 1


async def test_nothing_follows_a_redirect(upstream: Upstream, llm: LLMService) -> None:
    async with Upstream() as elsewhere:
        location = f"{elsewhere.url}/chat/completions"
        upstream.script(Reply(status=307, headers={"Location": location}))

        _, error = await broken(llm)

        assert isinstance(error, ModelRefused)
        assert elsewhere.requests == []


async def test_a_page_that_is_no_stream_is_refused(upstream: Upstream, llm: LLMService) -> None:
    upstream.script(Reply(headers={"Content-Type": "text/html; charset=utf-8"}))

    _, error = await broken(llm)

    assert isinstance(error, ModelRefused)


async def test_nothing_of_the_environment_is_sent(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    ambient = {
        "OPENAI_API_KEY": "sk-ambient",
        "OPENAI_ADMIN_KEY": "ambient",
        "OPENAI_ORG_ID": "ambient",
        "OPENAI_PROJECT_ID": "ambient",
        "OPENAI_WEBHOOK_SECRET": "ambient",
        "OPENAI_CUSTOM_HEADERS": "X-Ambient: ambient\nAuthorization: ambient",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/ambient",
        "HTTP_PROXY": "http://127.0.0.1:1/ambient",
        "ALL_PROXY": "http://127.0.0.1:1/ambient",
    }
    for name, value in ambient.items():
        monkeypatch.setenv(name, value)
    model = a_model(upstream.url)

    assert [piece async for piece in model.stream(a_prompt())]
    await model.check()
    await model.close()

    for request in upstream.requests:
        assert request.headers["authorization"] == "Bearer sk-secret"
        assert "ambient" not in str(request)
        assert request.headers.keys() <= {
            "host",
            "accept",
            "accept-encoding",
            "connection",
            "authorization",
            "content-type",
            "content-length",
            "user-agent",
            "x-stainless-raw-response",
            "x-stainless-retry-count",
        }


async def test_an_endpoint_without_a_key_gets_a_word_that_is_none(upstream: Upstream) -> None:
    model = OpenAIChatModel(name="local", api_key=None, base_url=upstream.url)

    assert [piece async for piece in model.stream(a_prompt())]
    await model.close()

    assert upstream.requests[0].headers["authorization"] == "Bearer none"


@pytest.mark.parametrize("reply", [Reply(), Reply(status=400), Reply(after=1, then="malformed")])
async def test_no_word_is_logged(
    upstream: Upstream, llm: LLMService, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    caplog.set_level(logging.DEBUG)
    upstream.script(reply)
    try:
        await said(llm)
    except AppError as error:
        logging.getLogger(__name__).exception("failed", exc_info=error)

    assert caplog.records
    assert CANARY not in caplog.text
    assert "sk-secret" not in caplog.text


@pytest.mark.parametrize("status", [200, 404, 405])
async def test_a_check_passes_when_the_endpoint_answers(
    upstream: Upstream, model: OpenAIChatModel, status: int
) -> None:
    upstream.models_status = status

    await model.check()


@pytest.mark.parametrize(
    ("status", "error"), [(401, ModelRefused), (403, ModelRefused), (500, ModelUnavailable)]
)
async def test_a_check_fails_on_a_wrong_key_and_on_a_server_error(
    upstream: Upstream, model: OpenAIChatModel, status: int, error: type[AppError]
) -> None:
    upstream.models_status = status

    with pytest.raises(error):
        await model.check()
