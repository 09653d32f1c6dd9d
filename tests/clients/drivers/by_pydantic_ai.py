"""Pydantic AI, by both of its models for OpenAI."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from openai import AsyncOpenAI
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider

from tests.clients.drivers.functions import weather
from tests.clients.drivers.stage import Order, heard_async, perform


def agent(order: Order, *functions: Any, toolsets: Sequence[Any] = ()) -> Any:
    client = AsyncOpenAI(**order.access)
    settings: Any = {"extra_headers": order.headers, "extra_body": order.body}
    if order.store is not None:
        settings["openai_store"] = order.store
    kind = OpenAIResponsesModel if order.responds else OpenAIChatModel
    model = kind(order.model, provider=OpenAIProvider(openai_client=client))
    return Agent(model, tools=functions, toolsets=toolsets, model_settings=settings)


async def chat(order: Order) -> Mapping[str, Any]:
    result = await agent(order).run(order.text)
    return {"text": result.output, "tokens": result.usage.total_tokens}


async def tools(order: Order) -> Mapping[str, Any]:
    result = await agent(order, weather).run(order.text)
    return {"text": result.output}


async def memories(order: Order) -> Mapping[str, Any]:
    """The model uses the tools of the memory itself."""
    credential = {"Authorization": f"Bearer {order.key}"}
    memory = MCPToolset(order.mcp_url, headers=credential)
    result = await agent(order, toolsets=[memory]).run(order.text)
    return {"text": result.output}


async def stream(order: Order) -> Mapping[str, Any]:
    return await heard_async(_pieces(order))


async def _pieces(order: Order) -> AsyncIterator[str]:
    async with agent(order).run_stream(order.text) as result:
        async for piece in result.stream_text(delta=True, debounce_by=None):
            yield piece


async def leave(order: Order) -> Mapping[str, Any]:
    async with agent(order).run_stream(order.text) as result:
        async for piece in result.stream_text(delta=True, debounce_by=None):
            return {"pieces": [piece]}
    return {"pieces": []}


def at_once(verb: Any) -> Any:
    return lambda order: asyncio.run(verb(order))


perform(
    chat=at_once(chat),
    stream=at_once(stream),
    leave=at_once(leave),
    tools=at_once(tools),
    memories=at_once(memories),
)
