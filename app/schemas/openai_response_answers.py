"""Responses, conversations and their items, as OpenAI's clients are told of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.models.message import Message, Role, Usage
from app.schemas.fields import Answer
from app.schemas.openai_answers import CompletionMemory
from app.schemas.openai_ids import Kind, named

ResponseStatus = Literal["in_progress", "completed", "incomplete", "failed", "cancelled"]
ItemStatus = Literal["in_progress", "completed", "incomplete"]


class TextPart(Answer):
    """What is written in a message."""

    type: Literal["output_text", "input_text"]
    text: str
    annotations: list[Any] = Field(default_factory=list)
    logprobs: list[Any] = Field(default_factory=list)


class MessageItem(Answer):
    """A message."""

    id: str
    type: Literal["message"] = "message"
    status: ItemStatus
    role: Role
    content: list[TextPart]

    @classmethod
    def of(cls, message: Message) -> "MessageItem":
        """The message as an item."""
        kind: Literal["output_text", "input_text"] = (
            "output_text" if message.role is Role.ASSISTANT else "input_text"
        )
        return cls(
            id=named(Kind.ITEM, message.id),
            status="completed",
            role=message.role,
            content=[TextPart(type=kind, text=message.content)],
        )


class CallItem(Answer):
    """A function that the client is asked to call."""

    id: str
    type: Literal["function_call"] = "function_call"
    status: ItemStatus
    call_id: str
    name: str
    arguments: str = Field(description="A JSON text.")


class CachedTokens(Answer):
    """Tokens that were read from, or written to, an endpoint's cache; it does not say."""

    cached_tokens: int = 0
    cache_write_tokens: int = 0


class ReasoningTokens(Answer):
    """Tokens that were thought and not said; they are not told apart."""

    reasoning_tokens: int = 0


class ResponseUsage(Answer):
    """Tokens of one answer; an estimate when the model endpoint does not count."""

    input_tokens: int
    input_tokens_details: CachedTokens = CachedTokens()
    output_tokens: int
    output_tokens_details: ReasoningTokens = ReasoningTokens()
    total_tokens: int

    @classmethod
    def of(cls, usage: Usage) -> "ResponseUsage":
        """The usage by the names that responses have."""
        return cls(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            total_tokens=usage.total_tokens,
        )


class ResponseFailure(Answer):
    """Why there is no answer, or no whole one."""

    code: str
    message: str


class Incompleteness(Answer):
    """Why an answer is not whole."""

    reason: Literal["max_output_tokens", "content_filter"]


class ConversationName(Answer):
    """The conversation of a response."""

    id: str


class ResponseAnswer(Answer):
    """A response. What was asked for is repeated as long as the run is known, and not kept."""

    id: str
    object: Literal["response"] = "response"
    created_at: int = Field(description="Seconds since 1970.")
    status: ResponseStatus
    background: bool = False
    error: ResponseFailure | None = None
    incomplete_details: Incompleteness | None = None
    conversation: ConversationName | None = Field(
        description="Null where the client keeps the conversation."
    )
    instructions: str | None = None
    max_output_tokens: int | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    model: str
    output: list[MessageItem | CallItem]
    parallel_tool_calls: bool = True
    previous_response_id: str | None = None
    reasoning: dict[str, Any] | None = None
    store: bool = True
    temperature: float | None = None
    text: dict[str, Any] | None = None
    tool_choice: str | dict[str, Any] = "auto"
    tools: list[dict[str, Any]] = Field(default_factory=list)
    top_p: float | None = None
    truncation: Literal["auto"] = "auto"
    usage: ResponseUsage | None = None
    memorychat: CompletionMemory


class ResponseDeleted(Answer):
    """A response is gone, with what was asked and answered."""

    id: str
    object: Literal["response.deleted"] = "response.deleted"
    deleted: Literal[True] = True


class ItemList(Answer):
    """Some items of a conversation."""

    object: Literal["list"] = "list"
    data: list[MessageItem]
    first_id: str | None
    last_id: str | None
    has_more: bool

    @classmethod
    def of(cls, messages: Sequence[Message], *, has_more: bool) -> "ItemList":
        """The messages as items."""
        data = [MessageItem.of(one) for one in messages]
        return cls(
            data=data,
            first_id=data[0].id if data else None,
            last_id=data[-1].id if data else None,
            has_more=has_more,
        )


def seconds_of(thing: UUID) -> int:
    """When a thing was made, in seconds since 1970: a UUIDv7 says so."""
    return (thing.int >> 80) // 1_000


def told_of(repeated: Mapping[str, object]) -> Mapping[str, Any]:
    """What of a request its response repeats, where it is known."""
    return {"model": "memorychat", "text": {"format": {"type": "text"}}, **repeated}


def seconds_at(moment: datetime) -> int:
    """Seconds since 1970."""
    return int(moment.timestamp())
