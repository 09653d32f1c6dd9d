"""Streams of events in the OpenAPI document: what each event is."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from app.schemas.further_streams import (
    AgentStreamEvent,
    MessageStreamEvent,
    ResponseStreamEvent,
)
from app.schemas.openai_chunks import ChatCompletionChunk, UIMessagePart
from app.schemas.socket import SocketAnswer, SocketRequest
from app.schemas.stream_events import FeedEvent, RunStreamEvent

EVENT_SCHEMA: Final = "x-event-schema"
"""In OpenAPI 3.1, which cannot describe the events of a stream: the schema of each one's data."""

_MARKED: Final = frozenset({"ChatCompletionChunk", "UIMessagePart"})
"""What streams are of whose last event is `[DONE]`."""
_REFS: Final = "#/components/schemas/"
_TYPES: Final[Mapping[str, Any]] = {
    "RunStreamEvent": RunStreamEvent,
    "FeedEvent": FeedEvent,
    "ChatCompletionChunk": ChatCompletionChunk,
    "UIMessagePart": UIMessagePart,
    "ResponseStreamEvent": ResponseStreamEvent,
    "MessageStreamEvent": MessageStreamEvent,
    "AgentStreamEvent": AgentStreamEvent,
    "SocketAnswer": SocketAnswer,
    "SocketRequest": SocketRequest,
}


def event_stream(name: str) -> dict[str, Any]:
    """The `content` of a response that streams events of the schema with this name."""
    schema = {"type": "string", "description": f"Server-sent events; the data of each: {name}."}
    return {"text/event-stream": {"schema": schema, EVENT_SCHEMA: {"$ref": _REFS + name}}}


def stream_schemas() -> dict[str, Any]:
    """The schemas of everything that streams and sockets carry, by name."""
    found: dict[str, Any] = {}
    for name, told in _TYPES.items():
        schema = TypeAdapter(told).json_schema(ref_template=_REFS + "{model}")
        found |= schema.pop("$defs", {})
        found[name] = {"title": name, **schema}
    for schema in found.values():
        if schema.get("properties", {}).get("type", {}).keys() & {"const", "enum"}:
            schema["required"] = sorted({"type", *schema.get("required", ())})
    return found


def in_version_3_2(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document in OpenAPI 3.2, which says of a stream what each of its events is."""
    told = _told_anew(document)
    return {**told, "openapi": "3.2.0"}


def _told_anew(part: Any) -> Any:
    match part:
        case {"schema": _, "x-event-schema": event}:
            return {"itemSchema": _event(event)}
        case dict():
            return {name: _told_anew(one) for name, one in part.items()}
        case list():
            return [_told_anew(one) for one in part]
        case _:
            return part


def _event(schema: Mapping[str, Any]) -> dict[str, Any]:
    """One server-sent event, as the specification of 3.2 has it."""
    data: dict[str, Any] = {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": schema,
    }
    if schema["$ref"].rpartition("/")[2] in _MARKED:
        data = {"anyOf": [{"const": "[DONE]"}, data]}
    names = {"id": {"type": "string"}, "event": {"type": "string"}, "data": data}
    return {"type": "object", "required": ["data"], "properties": names}
