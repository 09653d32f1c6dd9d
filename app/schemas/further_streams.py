"""Events of the streams of further protocols: their kinds, and what each may carry."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Event(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)


class ResponseStreamEvent(_Event):
    """An event of a response, as OpenAI's responses have it; numbers rise by one."""

    type: Literal[
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "error",
    ]
    sequence_number: int = Field(description="What `starting_after` takes.")
    response: dict[str, Any] | None = Field(default=None, description="As the answer in one piece.")
    item: dict[str, Any] | None = None
    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None
    delta: str | None = Field(default=None, description="The next words, or arguments of a call.")


class MessageStreamEvent(_Event):
    """An event of a message, as Anthropic's messages have it."""

    type: Literal[
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "ping",
        "error",
    ]
    message: dict[str, Any] | None = None
    index: int | None = Field(default=None, description="Of the block.")
    content_block: dict[str, Any] | None = None
    delta: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    error: dict[str, Any] | None = None


class AgentStreamEvent(_Event):
    """An event of a run, as AG-UI has it."""

    type: Literal[
        "RUN_STARTED",
        "CUSTOM",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "TOOL_CALL_START",
        "TOOL_CALL_ARGS",
        "TOOL_CALL_END",
        "RUN_FINISHED",
        "RUN_ERROR",
    ]
    threadId: str | None = None  # noqa: N815 - the protocol's name
    runId: str | None = None  # noqa: N815 - the same
    messageId: str | None = None  # noqa: N815 - the same
    toolCallId: str | None = None  # noqa: N815 - the same
    delta: str | None = None
    message: str | None = Field(default=None, description="Why it broke off.")
