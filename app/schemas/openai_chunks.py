"""What streams of the compatible APIs tell: described for clients, and written by their encoders."""

from typing import Annotated, Literal

from pydantic import Field

from app.schemas.fields import Answer
from app.schemas.memories import UsedMemory
from app.schemas.openai_answers import CompletionMemory, CompletionUsage, FinishWord


class ChunkFunction(Answer):
    """The next piece of a call."""

    name: str | None = None
    arguments: str | None = None


class ChunkToolCall(Answer):
    """The next piece of a call of a tool."""

    index: int
    id: str | None = None
    type: Literal["function"] | None = None
    function: ChunkFunction


class ChunkDelta(Answer):
    """What comes next."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    tool_calls: list[ChunkToolCall] | None = None


class ChunkChoice(Answer):
    """The only choice."""

    index: int = Field(description="0.")
    delta: ChunkDelta
    logprobs: None = None
    finish_reason: FinishWord | None


class ChatCompletionChunk(Answer):
    """A piece of an answer, as chat completions have it; `data: [DONE]` comes after the last."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int = Field(description="Seconds since 1970.")
    model: str
    choices: list[ChunkChoice]
    usage: CompletionUsage | None = None
    memorychat: CompletionMemory | None = Field(
        default=None, description="Beside the first choice."
    )


class UIMark(Answer):
    """A part without anything in it."""

    type: Literal["start-step", "finish-step", "finish", "abort"]


class UIStart(Answer):
    """The message begins."""

    type: Literal["start"]
    messageId: str  # noqa: N815 - the protocol's name


class UIMemories(Answer):
    """What was read."""

    type: Literal["data-memory-used"]
    data: dict[str, list[UsedMemory]]


class UITextMark(Answer):
    """A text begins or ends."""

    type: Literal["text-start", "text-end"]
    id: str


class UITextDelta(Answer):
    """The next words."""

    type: Literal["text-delta"]
    id: str
    delta: str


class UIError(Answer):
    """It broke off."""

    type: Literal["error"]
    errorText: str  # noqa: N815 - the protocol's name


UIMessagePart = Annotated[
    UIMark | UIStart | UIMemories | UITextMark | UITextDelta | UIError,
    Field(discriminator="type"),
]
