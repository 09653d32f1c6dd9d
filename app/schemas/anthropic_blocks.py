"""Messages of Anthropic's protocol, as chat completions have them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.schemas.fields import json_text

_IGNORED: Final = ("thinking", "redacted_thinking")
"""What a model thought says nothing to an endpoint of another protocol."""
_FAILED: Final = "Error: "
"""Before the result of a tool that has failed, for which chat completions have no field."""


def completion_messages(
    system: object, messages: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The conversation with its instructions first, and each result of a tool as a message.

    Raises:
        ValueError: something in it is not known, or it ends with an answer.
    """
    told: list[Mapping[str, Any]] = []
    if system is not None:
        told.append({"role": "system", "content": _text_of(system, "system")})
    for position, message in enumerate(messages):
        told += _translated(message, f"messages[{position}]")
    if messages and messages[-1].get("role") == "assistant":
        raise ValueError("messages: the last one is an answer, and answers are not continued here")
    return told


def _translated(message: Mapping[str, Any], where: str) -> Iterator[Mapping[str, Any]]:
    role, content = message.get("role"), message.get("content")
    if role == "system":
        yield {"role": "system", "content": _text_of(content, where)}
    elif role not in ("user", "assistant"):
        raise ValueError(f"{where}: the role is not known")
    elif isinstance(content, str):
        yield {"role": role, "content": content}
    elif role == "assistant":
        yield _answer(_blocks(content, where), where)
    else:
        yield from _said(_blocks(content, where), where)


def _said(blocks: Sequence[Mapping[str, Any]], where: str) -> Iterator[Mapping[str, Any]]:
    """The results of tools, which follow their calls, and what the user says besides."""
    results = [block for block in blocks if block.get("type") == "tool_result"]
    others = [block for block in blocks if block.get("type") != "tool_result"]
    yield from (_result(block, where) for block in results)
    if others or not results:
        yield {"role": "user", "content": _parts(others, where)}


def _result(block: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    content = block.get("content") or ""
    if not isinstance(content, str):
        content = _parts(_blocks(content, where), where)
    if block.get("is_error") and isinstance(content, str):
        content = _FAILED + content
    return {"role": "tool", "tool_call_id": _text(block, "tool_use_id", where), "content": content}


def _answer(blocks: Sequence[Mapping[str, Any]], where: str) -> Mapping[str, Any]:
    calls = [_call(block, where) for block in blocks if block.get("type") == "tool_use"]
    others = [block for block in blocks if block.get("type") not in ("tool_use", *_IGNORED)]
    said = _parts(others, where)
    if not calls:
        return {"role": "assistant", "content": said}
    return {"role": "assistant", "content": said or None, "tool_calls": calls}


def _call(block: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    arguments = json_text(block.get("input") or {})
    return {
        "id": _text(block, "id", where),
        "type": "function",
        "function": {"name": _text(block, "name", where), "arguments": arguments},
    }


def _parts(blocks: Sequence[Mapping[str, Any]], where: str) -> str | list[Mapping[str, Any]]:
    """One text if there is nothing else, as every endpoint understands it."""
    parts = [_part(block, where) for block in blocks]
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _part(block: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    source = block.get("source")
    match block.get("type"), source:
        case "text", _:
            return {"type": "text", "text": _text(block, "text", where)}
        case "image", {"type": "url", "url": str(url)}:
            return {"type": "image_url", "image_url": {"url": url}}
        case "image", {"type": "base64", "media_type": str(kind), "data": str(content)}:
            return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{content}"}}
        case "document", {"type": "text", "data": str(text)}:
            return {"type": "text", "text": text}
        case "document", {"type": "base64", "media_type": str(kind), "data": str(content)}:
            name = block.get("title") or "document"
            return {
                "type": "file",
                "file": {"filename": name, "file_data": f"data:{kind};base64,{content}"},
            }
        case _:
            raise ValueError(f"{where}: there is a content block that is not known here")


def _text_of(content: object, where: str) -> str:
    if isinstance(content, str):
        return content
    return "\n\n".join(_text(block, "text", where) for block in _blocks(content, where))


def _blocks(content: object, where: str) -> Sequence[Mapping[str, Any]]:
    if not isinstance(content, list) or not all(isinstance(one, Mapping) for one in content):
        raise ValueError(f"{where}: the content is neither a text nor a list of blocks")
    return content


def _text(block: Mapping[str, Any], name: str, where: str) -> str:
    text = block.get(name)
    if not isinstance(text, str):
        raise ValueError(f"{where}: a block has no {name}")  # noqa: TRY004 - as validators raise
    return text
