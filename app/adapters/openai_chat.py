import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, Final, cast

from aiohttp import ClientError
from httpx2 import HTTPError, Limits, Timeout
from openai import APIConnectionError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient, Omit

from app.adapters.openai_answer import OpenAIAnswer
from app.adapters.openai_dialect import (
    failure,
    given_options,
    refused_option,
    request_options,
)
from app.core.errors import ModelRefused, ModelUnavailable
from app.ports.chat_model import GivenMessage, Piece, Prompt

# For usage and [DONE] to follow the finish reason, and for the end of the body to follow [DONE]:
# a body that was read to its end leaves its connection to the next request.
_AFTER_FINISH_S: Final = 2.0
_AFTER_DONE_S: Final = 0.05
_CHECK_S: Final = 5.0
_KEY_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NO_STREAM: Final = ("application/json", "text/html")


class OpenAIChatModel:
    """A model behind an OpenAI-compatible chat completions endpoint.

    Sends nothing but the prompt and the key, to `base_url` and nowhere else: no redirects, no
    proxies or headers out of the environment, no facts about this machine.
    """

    only_quotes = False

    def __init__(
        self,
        *,
        name: str,
        api_key: str | None,
        base_url: str,
        connect_timeout_s: float = 5.0,
        first_token_timeout_s: float = 60.0,
        idle_timeout_s: float = 30.0,
    ) -> None:
        """Nothing is connected until the first prompt.

        Args:
            name: what the endpoint calls the model.
            api_key: None for an endpoint that wants none; it is sent the word `none`.
            base_url: up to and including `/v1`.
            connect_timeout_s: until a connection stands, waiting for a free one included.
            first_token_timeout_s: from the request to the first piece of an answer or of reasoning.
            idle_timeout_s: between two events after that; comments do not count.
        """
        self.name = name
        self._first_token_timeout_s = first_token_timeout_s
        self._idle_timeout_s = idle_timeout_s
        self._refused_options: frozenset[str] = frozenset()
        self._client = _Client(
            # Empty words keep the SDK from looking these up in the environment.
            api_key=api_key or "none",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            base_url=base_url,
            max_retries=0,
            timeout=Timeout(None, connect=connect_timeout_s, pool=connect_timeout_s),
            http_client=DefaultAioHttpClient(
                trust_env=False,
                follow_redirects=False,
                limits=Limits(max_connections=1000, keepalive_expiry=55.0),
            ),
        )

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The answer to one prompt. Closing the iterator ends the request."""
        now = asyncio.get_running_loop().time
        answer = OpenAIAnswer()
        deadline = now() + self._first_token_timeout_s
        async with AsyncExitStack() as stack:
            body = await self._open(prompt, stack, deadline=deadline)
            while not answer.done:
                progress = answer.progress
                chunk = await _read(body, answer, deadline=deadline)
                for piece in answer.feed(chunk):
                    yield piece
                if not chunk:
                    break
                if answer.progress > progress:
                    deadline = self._next_deadline(answer, deadline, now=now())
            else:
                await _read(body, answer, deadline=now() + _AFTER_DONE_S)
        yield answer.finished

    async def check(self) -> None:
        """Returns when the endpoint answers within 5 s; it need not know how to list models.

        Raises:
            ModelRefused: it does not accept the key.
            ModelUnavailable: it does not answer, or with a server error.
        """
        try:
            async with asyncio.timeout(_CHECK_S):
                async with self._client.models.with_streaming_response.list():
                    return
        except APIStatusError as answer:
            error = failure(answer.status_code, answer.body, answer.response.headers)
            if isinstance(error, ModelRefused) and answer.status_code not in _KEY_REFUSED:
                return
        except (APIConnectionError, TimeoutError):
            error = ModelUnavailable("The model endpoint could not be reached")
        raise error

    async def close(self) -> None:
        """Connections are gone."""
        await self._client.close()

    async def _open(
        self, prompt: Prompt, stack: AsyncExitStack, *, deadline: float
    ) -> AsyncGenerator[bytes]:
        """The body of a response whose status is known to be good, owned by `stack`.

        Errors are raised outside of `except`: the SDK's carry the endpoint's sentences.
        """
        given = {"messages": _messages(prompt), **given_options(prompt)}
        without = self._refused_options
        while True:
            options = request_options(prompt, without=without)
            # In the extra body, since the SDK walks `messages` by its types: 2 ms for 20 of them.
            request = self._client.chat.completions.with_streaming_response.create(
                model=self.name, messages=[], extra_body={**given, **options}
            )
            refused = None
            try:
                async with asyncio.timeout_at(deadline):
                    response = await stack.enter_async_context(request)
            except APIStatusError as answer:
                error = failure(answer.status_code, answer.body, answer.response.headers)
                refused = refused_option(answer.status_code, answer.body, sent=options.keys())
            except (APIConnectionError, TimeoutError):
                error = ModelUnavailable("The model endpoint could not be reached in time")
            else:
                self._refused_options |= without
                break
            if refused is None:
                raise error
            without |= {refused}
        if response.headers.get("content-type", "").startswith(_NO_STREAM):
            raise ModelRefused("The model endpoint did not answer with an event stream")
        stream = cast("AsyncGenerator[bytes]", response.iter_bytes())
        stack.push_async_callback(stream.aclose)
        return stream

    def _next_deadline(self, answer: OpenAIAnswer, deadline: float, *, now: float) -> float:
        if answer.complete:
            return now + min(_AFTER_FINISH_S, self._idle_timeout_s)
        if answer.started:
            return now + self._idle_timeout_s
        return max(deadline, now + self._idle_timeout_s)


class _Client(AsyncOpenAI):
    """The SDK's client without the headers that it takes from the environment and the platform.

    Naming a platform keeps it from running `uname` to find one out at the first request.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._platform = "Unknown"

    @property
    def default_headers(self) -> dict[str, str | Omit]:
        """All headers but the key's."""
        return {
            "Accept": "text/event-stream, application/json",
            "Content-Type": "application/json",
            "User-Agent": "memorychat",
        }


def _messages(prompt: Prompt) -> list[dict[str, object]]:
    return [
        dict(message.body)
        if isinstance(message, GivenMessage)
        else {"role": message.role, "content": message.content}
        for message in prompt.messages
    ]


async def _read(body: AsyncGenerator[bytes], answer: OpenAIAnswer, *, deadline: float) -> bytes:
    """The next bytes; none at the end, nor when the rest of a complete answer fails to come."""
    try:
        async with asyncio.timeout_at(deadline):
            return await anext(body, b"")
    except TimeoutError:
        error = answer.broken("The model endpoint fell silent")
    except (HTTPError, ClientError, OSError):
        error = answer.broken("The connection to the model endpoint broke")
    if answer.complete:
        return b""
    raise error
