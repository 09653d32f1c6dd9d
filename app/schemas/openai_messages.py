"""Messages of chat completions, as a conversation that their client keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from app.ports.chat_model import GivenMessage
from app.schemas.fields import json_text, storable
from app.services.supplied import SuppliedTalk, Wishes

_INSTRUCTING: Final = ("system", "developer")
_SPEAKING: Final = ("user", "assistant", "tool", "function")


def talk_of(messages: Sequence[Mapping[str, Any]], wishes: Wishes) -> SuppliedTalk:
    """The conversation, its instructions among the wishes.

    Raises:
        ValueError: a message is none, there is none of the user's, or no endpoint could be sent it.
    """
    return talk_with([_given(one, position) for position, one in enumerate(messages)], wishes)


def talk_with(given: Sequence[GivenMessage], wishes: Wishes) -> SuppliedTalk:
    """The conversation of these messages; what they instruct comes after the wishes' instructions.

    Raises:
        ValueError: there is none of the user's, or no endpoint could be sent it.
    """
    told = [one.content for one in given if one.role in _INSTRUCTING]
    instructions = "\n\n".join(filter(None, (wishes.instructions, *told)))
    said = [one for one in given if one.role in _SPEAKING]
    asked = [position for position, one in enumerate(said) if one.role == "user"]
    if not asked:
        raise ValueError("messages: none of them is the user's")
    _require_sendable([one.body for one in given], wishes)
    last = asked[-1]
    return SuppliedTalk(
        before=said[:last],
        question=said[last],
        after=said[last + 1 :],
        wishes=replace(wishes, instructions=instructions),
    )


def _require_sendable(messages: Sequence[Mapping[str, object]], wishes: Wishes) -> None:
    for name, passed_on in (("messages", messages), *wishes.options.items()):
        try:
            json_text(passed_on)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None


def _given(message: Mapping[str, Any], position: int) -> GivenMessage:
    role = message.get("role")
    if role not in (*_INSTRUCTING, *_SPEAKING):
        raise ValueError(f"messages[{position}]: the role is not known")
    try:
        words = storable(words_in(message.get("content")))
    except ValueError as error:
        raise ValueError(f"messages[{position}]: the content {error}") from None
    return GivenMessage(role, words, message)


def words_in(content: object) -> str:
    """What is written in a message; images and sounds among its parts say nothing."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ValueError(  # noqa: TRY004 - what a schema's validators raise
            "is neither a text nor a list of parts"
        )
    texts = (part.get("text") for part in content if isinstance(part, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))
