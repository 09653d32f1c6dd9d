"""Asking a scripted upstream through the real model and service, with short deadlines."""

import pytest

from app.adapters.openai_chat import OpenAIChatModel
from app.core.errors import AppError
from app.ports.chat_model import Finished, TextDelta
from app.services.llm_service import LLMService
from tests.support.talk import a_prompt

CANARY = "Zyrafa-7731"
FIRST_TOKEN_S = 0.5
IDLE_S = 0.3


def a_model(base_url: str) -> OpenAIChatModel:
    return OpenAIChatModel(
        name="scripted",
        api_key="sk-secret",
        base_url=base_url,
        connect_timeout_s=0.3,
        first_token_timeout_s=FIRST_TOKEN_S,
        idle_timeout_s=IDLE_S,
    )


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
