"""OpenAI's own SDK."""

from collections.abc import Iterator, Mapping
from typing import Any

from openai import OpenAI

from tests.clients.drivers.functions import WEATHER, results
from tests.clients.drivers.stage import Order, heard, perform


def client(order: Order) -> OpenAI:
    return OpenAI(**order.access)


def asked(order: Order) -> dict[str, Any]:
    options: dict[str, Any] = {} if order.store is None else {"store": order.store}
    return {
        "model": order.model,
        "messages": order.messages,
        "extra_headers": order.headers,
        "extra_body": order.body,
        **options,
    }


def chat(order: Order) -> Mapping[str, Any]:
    with client(order) as sdk:
        raw = sdk.chat.completions.with_raw_response.create(**asked(order))
    completion = raw.parse()
    return {
        "text": completion.choices[0].message.content,
        "headers": {name.lower(): value for name, value in raw.headers.items()},
        "tokens": completion.usage.total_tokens,
        "mode": completion.memorychat["mode"],
    }


def stream(order: Order) -> Mapping[str, Any]:
    return heard(_pieces(order))


def _pieces(order: Order) -> Iterator[str]:
    with client(order) as sdk:
        for chunk in sdk.chat.completions.create(stream=True, **asked(order)):
            yield from (one.delta.content for one in chunk.choices if one.delta.content)


def leave(order: Order) -> Mapping[str, Any]:
    with client(order) as sdk:
        chunks = sdk.chat.completions.create(stream=True, **asked(order))
        heard = next(text for chunk in chunks if (text := chunk.choices[0].delta.content))
        chunks.close()
    return {"pieces": [heard]}


def tools(order: Order) -> Mapping[str, Any]:
    options = {**asked(order), "tools": [WEATHER]}
    with client(order) as sdk:
        first = sdk.chat.completions.create(**options).choices[0].message
        said = [*order.messages, first.model_dump(exclude_none=True), *results(first.tool_calls)]
        last = sdk.chat.completions.create(**{**options, "messages": said})
    return {"text": last.choices[0].message.content}


def models(order: Order) -> Mapping[str, Any]:
    with client(order) as sdk:
        return {"models": [one.id for one in sdk.models.list()]}


perform(chat=chat, stream=stream, leave=leave, tools=tools, models=models)
