"""LiteLLM, as a library."""

from collections.abc import Iterator, Mapping
from typing import Any

import litellm
import yaml

from tests.clients.drivers.functions import WEATHER, results
from tests.clients.drivers.stage import Order, heard, perform


def completed(order: Order, **options: Any) -> Any:
    given = {
        "max_retries": order.retries,
        "store": order.store,
        "extra_headers": order.headers or None,
        "extra_body": order.body or None,
    }
    return litellm.completion(
        **{
            "model": f"openai/{order.model}",
            "api_base": order.base_url,
            "api_key": order.key,
            "messages": order.messages,
            **{name: value for name, value in given.items() if value is not None},
            **options,
        }
    )


def chat(order: Order) -> Mapping[str, Any]:
    answer = completed(order)
    headers = answer._hidden_params["additional_headers"]  # noqa: SLF001 - as its manual has it
    return {
        "text": answer.choices[0].message.content,
        "tokens": answer.usage.total_tokens,
        "headers": {
            name.removeprefix("llm_provider-"): str(value) for name, value in headers.items()
        },
    }


def stream(order: Order) -> Mapping[str, Any]:
    return heard(_pieces(order))


def _pieces(order: Order) -> Iterator[str]:
    for chunk in completed(order, stream=True):
        yield from (one.delta.content for one in chunk.choices if one.delta.content)


def leave(order: Order) -> Mapping[str, Any]:
    chunks = completed(order, stream=True)
    heard = next(text for chunk in chunks if (text := chunk.choices[0].delta.content))
    chunks.completion_stream.close()
    return {"pieces": [heard]}


def tools(order: Order) -> Mapping[str, Any]:
    first = completed(order, tools=[WEATHER]).choices[0].message
    said = [*order.messages, first.model_dump(exclude_none=True), *results(first.tool_calls)]
    last = completed(order, tools=[WEATHER], messages=said)
    return {"text": last.choices[0].message.content}


def route(order: Order) -> Mapping[str, Any]:
    """What a model answers that the configuration of a proxy describes."""
    router = litellm.Router(model_list=yaml.safe_load(order.lines)["model_list"])
    answer = router.completion(model=order.model, messages=order.messages)
    return {"text": answer.choices[0].message.content}


perform(route=route, chat=chat, stream=stream, leave=leave, tools=tools)
