"""What the AI SDK's chat transports send. What is not known is ignored: applications add to it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from app.schemas.openai_messages import talk_of
from app.schemas.selecting import Selecting
from app.services.supplied import SuppliedTalk, Wishes


class UIChatRequest(Selecting):
    """A conversation of a `useChat`, to be answered."""

    model_config = ConfigDict(frozen=True)

    id: Annotated[
        str | None,
        Field(
            max_length=200,
            description="The chat. The id of a session makes it that session: its history is the context, and "
            "its answer can be followed again. Of any other chat, the client has the history.",
        ),
    ] = None
    messages: Annotated[
        list[dict[str, Any]], Field(min_length=1, max_length=10_000, description="UI messages.")
    ]
    trigger: Literal["submit-message", "regenerate-message"] = "submit-message"

    @model_validator(mode="after")
    def _has_a_question(self) -> Self:
        _ = self.talk
        return self

    @cached_property
    def talk(self) -> SuppliedTalk:
        """The conversation."""
        return talk_of([_as_completions_have_it(one) for one in self.messages], Wishes())


def _as_completions_have_it(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message with its texts, and with its pictures if it has some.

    Raises:
        ValueError: its parts are no list.
    """
    parts = message.get("parts", [{"type": "text", "text": message.get("content")}])
    if not isinstance(parts, list):
        raise ValueError("messages: parts are a list")  # noqa: TRY004 - what validators raise
    known = [part for part in parts if isinstance(part, Mapping)]
    texts = [
        part["text"] for part in known if isinstance(part.get("text"), str) and _is(part, "text")
    ]
    pictures = [
        {"type": "image_url", "image_url": {"url": part["url"]}}
        for part in known
        if _is(part, "file")
        and str(part.get("mediaType", "")).startswith("image/")
        and part.get("url")
    ]
    text = "\n".join(texts)
    content = [{"type": "text", "text": text}, *pictures] if pictures else text
    return {"role": message.get("role"), "content": content}


def _is(part: Mapping[str, Any], kind: str) -> bool:
    return part.get("type") == kind
