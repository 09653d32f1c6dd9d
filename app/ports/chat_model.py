from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from app.models.memory import Recalled
from app.models.message import FinishReason, Role, Usage


class Purpose(StrEnum):
    """What a completion is for. Only an answer is shown word by word."""

    ANSWER = "answer"
    SUMMARY = "summary"
    EXTRACTION = "extraction"


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt, as the model sees it."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class GivenMessage:
    """One message as a client gave it, with parts and tool calls that we only pass on."""

    role: str
    """As chat completions name them, `tool` among them."""
    content: str
    """Its words alone."""
    body: Mapping[str, object]
    """All of it, as chat completions have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """Everything that a model is asked with."""

    messages: tuple[PromptMessage | GivenMessage, ...]
    """At most one system message, first; the last one is the user's, or the result of a tool."""
    memories: Sequence[Recalled] = field(default=())
    """What the system message quotes from memory, best first, for models that read structure."""
    purpose: Purpose = Purpose.ANSWER
    max_output_tokens: int | None = None
    temperature: float | None = None
    json_object: bool = False
    """Ask the endpoint for one JSON object."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Further wishes of a client, as chat completions name them, such as `tools` and `stop`."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """The next piece of a call that the client is asked to make."""

    index: int
    """Which of the answer's calls, from 0."""
    id: str | None
    """Of the call; comes once, with its first piece, as the name does."""
    name: str | None
    arguments: str
    """The next piece of a JSON text; may be empty."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer's end; always last, exactly once, on a stream that did not raise."""

    reason: FinishReason
    usage: Usage | None
    """None when the endpoint did not count."""


Piece = TextDelta | ToolCallDelta | Finished


class ChatModel(Protocol):
    """Something that answers a prompt piece by piece."""

    @property
    def name(self) -> str:
        """The model's name, as clients are told."""
        ...

    @property
    def only_quotes(self) -> bool:
        """Whether its answers merely repeat the prompt, so that nothing can be learnt from them."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece]:
        """The answer to one prompt. Closing the iterator ends the request.

        Raises:
            ModelRefused: before the first piece; the same prompt will be refused again.
            ModelUnavailable: before the first piece; trying again may help.
            ModelInterrupted: after the first piece, when no proper end came.
        """
        ...

    async def check(self) -> None:
        """Returns when the endpoint answers.

        Raises:
            ModelRefused: it does not accept the key.
            ModelUnavailable: it does not answer.
        """
        ...

    async def close(self) -> None:
        """Connections are gone."""
        ...
