from collections.abc import AsyncIterator

import pytest

from app.adapters.openai_chat import OpenAIChatModel
from app.services.llm_service import LLMService, RetryPolicy
from tests.support.talk import TOKENS
from tests.support.upstream import Upstream
from tests.support.upstream_calls import a_model


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with Upstream() as upstream:
        yield upstream


@pytest.fixture
async def model(upstream: Upstream) -> AsyncIterator[OpenAIChatModel]:
    model = a_model(upstream.url)
    yield model
    await model.close()


@pytest.fixture
def llm(model: OpenAIChatModel) -> LLMService:
    retry = RetryPolicy(attempts=2, total_s=5.0, first_wait_s=0.001, max_wait_s=0.002)
    return LLMService([model], tokens=TOKENS, retry=retry)
