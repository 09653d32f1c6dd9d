"""The function that clients give to the model as a tool."""

import json
from collections.abc import Iterable
from typing import Any


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": weather.__doc__,
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def results(calls: Iterable[Any]) -> list[dict[str, Any]]:
    """What the function says, as the messages that a conversation of chat completions goes on with."""
    return [
        {
            "role": "tool",
            "tool_call_id": call.id,
            "content": weather(**json.loads(call.function.arguments)),
        }
        for call in calls
    ]
