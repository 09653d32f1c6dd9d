"""MemoryChat as it would be if it read its model through the openai SDK's stream classes.

The composition root imports its adapter by name when it makes one; here another stands under that name.
"""

import sys
from collections.abc import AsyncGenerator
from typing import Any

from openai import AsyncOpenAI, DefaultAioHttpClient

from app.adapters import openai_chat
from app.adapters.openai_dialect import given_options, request_options
from app.cli import main
from app.models.message import FinishReason, Usage
from app.ports.chat_model import Finished, GivenMessage, Piece, Prompt, TextDelta


class SdkChatModel:
    """The same endpoint, every chunk an object of the SDK."""

    only_quotes = False

    def __init__(self, *, name: str, api_key: str | None, base_url: str, **_: Any) -> None:
        self.name = name
        self._client = AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url,
            max_retries=0,
            http_client=DefaultAioHttpClient(),
        )

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The answer to one prompt."""
        messages: Any = [
            dict(one.body)
            if isinstance(one, GivenMessage)
            else {"role": one.role.value, "content": one.content}
            for one in prompt.messages
        ]
        options: dict[str, Any] = {
            **given_options(prompt),
            **request_options(prompt, without=frozenset()),
        }
        options.pop("stream", None)
        chunks = await self._client.chat.completions.create(
            model=self.name, messages=messages, stream=True, extra_body=options
        )
        usage = None
        async for chunk in chunks:
            if chunk.usage:
                usage = Usage(
                    input_tokens=chunk.usage.prompt_tokens,
                    output_tokens=chunk.usage.completion_tokens,
                )
            for choice in chunk.choices:
                if choice.delta.content:
                    yield TextDelta(choice.delta.content)
        yield Finished(FinishReason.STOP, usage)

    async def check(self) -> None:
        """The endpoint answers."""
        await self._client.models.list()

    async def close(self) -> None:
        """Connections are gone."""
        await self._client.close()


if __name__ == "__main__":
    openai_chat.OpenAIChatModel = SdkChatModel  # type: ignore[assignment,misc]
    sys.exit(main(sys.argv[1:]))
