"""Items of responses and conversations, as messages of chat completions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.ports.chat_model import GivenMessage
from app.schemas.fields import storable
from app.schemas.openai_messages import words_in

_ROLES: Final = ("user", "assistant", "system", "developer")
_TEXTS: Final = ("input_text", "output_text", "text")
_UNSAID: Final = ("reasoning",)
"""Items that clients send back, and that tell a model of another kind nothing."""
REFERENCE: Final = "item_reference"


@dataclass(frozen=True, slots=True)
class GivenItem:
    """An item as a client gave it."""

    id: str | None
    """What we had called it, if it came from here."""
    message: GivenMessage | None
    """None for a mere reference to an item that is here."""


def items_of(given: str | Sequence[Mapping[str, Any]], *, of: str) -> list[GivenItem]:
    """The items of an input, but for those that say nothing.

    Args:
        given: a text of the user's, or a list of items.
        of: what the list is called, for errors.

    Raises:
        ValueError: an item is none, or of a kind that is not known here.
    """
    if isinstance(given, str):
        return [GivenItem(None, _message({"role": "user", "content": given}))]
    items = []
    for position, item in enumerate(given):
        try:
            if item.get("type") not in _UNSAID:
                items.append(_item(item))
        except ValueError as error:
            raise ValueError(f"{of}[{position}]: {error}") from None
    return items


def as_completions_have_them(messages: Iterable[GivenMessage]) -> list[GivenMessage]:
    """The messages, with the calls that stand side by side in one: endpoints ask for that."""
    joined: list[GivenMessage] = []
    for message in messages:
        calls = message.body.get("tool_calls")
        last = joined[-1] if joined else None
        if calls and last is not None and last.role == "assistant":
            before = last.body.get("tool_calls") or []
            body = {**last.body, "tool_calls": [*_list(before), *_list(calls)]}
            joined[-1] = GivenMessage(last.role, last.content, body)
        else:
            joined.append(message)
    return joined


def a_call(call_id: str, name: str, arguments: str) -> GivenMessage:
    """The message with a call that the client was asked to make."""
    function = {"name": name, "arguments": arguments}
    call = {"id": call_id, "type": "function", "function": function}
    return GivenMessage(
        "assistant", "", {"role": "assistant", "content": None, "tool_calls": [call]}
    )


def _item(item: Mapping[str, Any]) -> GivenItem:
    item_id = item.get("id")
    known_id = item_id if isinstance(item_id, str) else None
    match item.get("type", "message"):
        case "message":
            return GivenItem(known_id, _message(item))
        case "function_call":
            fields = [_text(item, name) for name in ("call_id", "name", "arguments")]
            return GivenItem(known_id, a_call(*fields))
        case "function_call_output":
            return GivenItem(known_id, _output(item))
        case kind if kind == REFERENCE or (kind is None and known_id and "role" not in item):
            return GivenItem(_text(item, "id"), None)
    raise ValueError("items of this type are not known here")


def _output(item: Mapping[str, Any]) -> GivenMessage:
    content = _content(item.get("output"))
    call_id = _text(item, "call_id")
    body = {"role": "tool", "tool_call_id": call_id, "content": content}
    return GivenMessage("tool", storable(words_in(content)), body)


def _message(item: Mapping[str, Any]) -> GivenMessage:
    role = item.get("role")
    if role not in _ROLES:
        raise ValueError("the role is not known")
    content = _content(item.get("content"))
    return GivenMessage(role, storable(words_in(content)), {"role": role, "content": content})


def _content(content: object) -> str | list[Mapping[str, Any]]:
    """The content as chat completions have it: a text, where there is nothing else in it."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ValueError(  # noqa: TRY004 - what a schema's validators raise
            "the content is neither a text nor a list of parts"
        )
    parts = [_part(part) for part in content]
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _part(part: object) -> Mapping[str, Any]:
    if not isinstance(part, Mapping):
        raise ValueError("a part of the content is none")  # noqa: TRY004 - as above
    kind = part.get("type")
    if kind in _TEXTS:
        return {"type": "text", "text": _text(part, "text")}
    if kind == "refusal":
        return {"type": "text", "text": _text(part, "refusal")}
    if kind == "input_image" and part.get("image_url"):
        detail = {"detail": part["detail"]} if part.get("detail") else {}
        return {"type": "image_url", "image_url": {"url": _text(part, "image_url"), **detail}}
    if kind == "input_file" and part.get("file_data"):
        file = {name: part[name] for name in ("file_data", "filename") if part.get(name)}
        return {"type": "file", "file": file}
    raise ValueError("a part of the content is of a kind that is not known here")


def _text(item: Mapping[str, Any], name: str) -> str:
    text = item.get(name)
    if not isinstance(text, str):
        raise ValueError(f"{name} is no text")  # noqa: TRY004 - as above
    return text


def _list(calls: object) -> list[Any]:
    return calls if isinstance(calls, list) else []
