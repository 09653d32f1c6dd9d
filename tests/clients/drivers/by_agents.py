"""OpenAI's Agents SDK, by both of its models."""

import asyncio
from collections.abc import Mapping
from typing import Any

from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
)
from agents.mcp import MCPServerStreamableHttp
from openai import AsyncOpenAI

from tests.clients.drivers.functions import weather
from tests.clients.drivers.stage import Order, heard_async, perform


def agent(order: Order, *functions: Any) -> Any:
    kind = OpenAIResponsesModel if order.responds else OpenAIChatCompletionsModel
    return Agent(
        name="Guide",
        model=kind(model=order.model, openai_client=AsyncOpenAI(**order.access)),
        tools=[function_tool(one) for one in functions],
        model_settings=ModelSettings(
            extra_headers=order.headers or None, extra_body=order.body or None, store=order.store
        ),
    )


async def chat(order: Order) -> Mapping[str, Any]:
    result = await Runner.run(agent(order), order.messages)
    return {
        "text": result.final_output,
        "tokens": result.context_wrapper.usage.total_tokens,
    }


async def tools(order: Order) -> Mapping[str, Any]:
    result = await Runner.run(agent(order, weather), order.messages)
    return {"text": result.final_output}


async def memories(order: Order) -> Mapping[str, Any]:
    """The model uses the tools of the memory itself."""
    credential = {"Authorization": f"Bearer {order.key}"}
    async with MCPServerStreamableHttp({"url": order.mcp_url, "headers": credential}) as memory:
        guide = agent(order)
        guide.mcp_servers = [memory]
        result = await Runner.run(guide, order.messages)
    return {"text": result.final_output}


async def stream(order: Order) -> Mapping[str, Any]:
    return await heard_async(_pieces(Runner.run_streamed(agent(order), order.messages)))


async def leave(order: Order) -> Mapping[str, Any]:
    result = Runner.run_streamed(agent(order), order.messages)
    async for piece in _pieces(result):
        result.cancel()
        return {"pieces": [piece]}
    return {"pieces": []}


async def _pieces(result: Any) -> Any:
    async for event in result.stream_events():
        if (
            event.type == "raw_response_event"
            and event.data.type == "response.output_text.delta"
            and event.data.delta
        ):
            yield event.data.delta


def at_once(verb: Any) -> Any:
    return lambda order: asyncio.run(verb(order))


perform(
    chat=at_once(chat),
    stream=at_once(stream),
    leave=at_once(leave),
    tools=at_once(tools),
    memories=at_once(memories),
)
