"""LangChain, by its package for OpenAI."""

import asyncio
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_openai import ChatOpenAI

from tests.clients.drivers.functions import weather
from tests.clients.drivers.stage import Order, heard, perform


def chat_model(order: Order) -> Any:
    options: dict[str, Any] = {
        "max_retries": order.retries,
        "store": order.store,
        "default_headers": order.headers or None,
        "extra_body": order.body or None,
    }
    given = {name: value for name, value in options.items() if value is not None}
    return ChatOpenAI(
        base_url=order.base_url,
        api_key=order.key,
        model=order.model,
        include_response_headers=True,
        use_responses_api=order.responds,
        **given,
    )


def chat(order: Order) -> Mapping[str, Any]:
    answer = chat_model(order).invoke(order.messages)
    return {
        "text": answer.text,
        "tokens": answer.usage_metadata["total_tokens"],
        "headers": answer.response_metadata["headers"],
    }


def stream(order: Order) -> Mapping[str, Any]:
    chunks = chat_model(order).stream(order.messages)
    return heard(chunk.text for chunk in chunks if chunk.text)


def leave(order: Order) -> Mapping[str, Any]:
    chunks = chat_model(order).stream(order.messages)
    heard = next(chunk.text for chunk in chunks if chunk.text)
    chunks.close()
    return {"pieces": [heard]}


def tools(order: Order) -> Mapping[str, Any]:
    model = chat_model(order).bind_tools([tool(weather)])
    asked = HumanMessage(order.text)
    first = model.invoke([asked])
    results = [
        ToolMessage(weather(**call["args"]), tool_call_id=call["id"]) for call in first.tool_calls
    ]
    return {"text": model.invoke([asked, first, *results]).text}


def memories(order: Order) -> Mapping[str, Any]:
    """The model uses the tools of the memory itself, by its protocol's older client."""
    credential = {"Authorization": f"Bearer {order.key}"}
    memory = {"transport": "streamable_http", "url": order.mcp_url, "headers": credential}
    offered = asyncio.run(MultiServerMCPClient({"memory": memory}).get_tools())
    model = chat_model(order).bind_tools(offered)
    asked = HumanMessage(order.text)
    first = model.invoke([asked])
    functions = {one.name: one for one in offered}
    results = [asyncio.run(functions[call["name"]].ainvoke(call)) for call in first.tool_calls]
    return {"text": model.invoke([asked, first, *results]).text}


perform(chat=chat, stream=stream, leave=leave, tools=tools, memories=memories)
