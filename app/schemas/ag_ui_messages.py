"""Messages of AG-UI, as chat completions have them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

_FOR_PEOPLE: Final = ("activity", "reasoning")
"""Roles of messages that a client only shows."""


def completion_messages(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The conversation, without what its client only shows.

    Raises:
        ValueError: something in it is not known, or it ends with an answer.
    """
    said = [one for one in messages if one.get("role") not in _FOR_PEOPLE]
    if said and said[-1].get("role") == "assistant":
        raise ValueError("messages: the last one is an answer, and answers are not continued here")
    return [_translated(one, f"messages[{position}]") for position, one in enumerate(said)]


def _translated(message: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    role, content = message.get("role"), _content(message.get("content"), where)
    match role:
        case "assistant" if calls := message.get("toolCalls"):
            return {"role": role, "content": content or None, "tool_calls": calls}
        case "tool":
            told = _result(content, message.get("error"))
            return {"role": role, "tool_call_id": message.get("toolCallId"), "content": told}
        case _:
            return {"role": role, "content": content}


def _result(content: str | list[Mapping[str, Any]], error: object) -> object:
    """What a tool has said; chat completions have no field for its failure."""
    if not error or not isinstance(content, str):
        return content
    return "\n".join(filter(None, (f"Error: {error}", content if content != error else "")))


def _content(content: object, where: str) -> str | list[Mapping[str, Any]]:
    """One text if there is nothing else, as every endpoint understands it."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise ValueError(f"{where}: the content is neither a text nor a list of parts")  # noqa: TRY004
    parts = list(_parts(content, where))
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _parts(content: Sequence[object], where: str) -> Iterator[Mapping[str, Any]]:
    for part in content:
        match part:
            case {"type": "text", "text": str(text)}:
                yield {"type": "text", "text": text}
            case {"type": "image", "source": {"type": "url", "value": str(url)}}:
                yield _picture(url)
            case {
                "type": "image",
                "source": {"type": "data", "value": str(data), "mimeType": kind},
            }:
                yield _picture(f"data:{kind};base64,{data}")
            case {"type": "binary", "url": str(url), "mimeType": str(kind)} if _is_image(kind):
                yield _picture(url)
            case {"type": "binary", "data": str(data), "mimeType": str(kind)} if _is_image(kind):
                yield _picture(f"data:{kind};base64,{data}")
            case _:
                raise ValueError(f"{where}: there is a content part that is not known here")


def _is_image(kind: str) -> bool:
    return kind.startswith("image/")


def _picture(url: str) -> Mapping[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}
