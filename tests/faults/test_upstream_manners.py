import asyncio
import logging

import pytest

from app.adapters.openai_chat import OpenAIChatModel
from app.core.errors import AppError, ModelRefused, ModelUnavailable
from app.services.llm_service import LLMService
from tests.support.talk import a_prompt
from tests.support.upstream import Reply, Upstream
from tests.support.upstream_calls import CANARY, a_model, broken, said


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
