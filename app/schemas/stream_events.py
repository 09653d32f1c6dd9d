"""What streams tell, event by event: described for clients, and written by the services."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.models.imports import ImportState
from app.models.message import FinishReason
from app.schemas.chat import RunError, TurnPrivacy
from app.schemas.fields import Answer
from app.schemas.memories import UsedMemory


class RunStarted(Answer):
    """The run is under way; always the first event."""

    type: Literal["run.started"]
    run_id: UUID
    session_id: UUID
    user_message_id: UUID
    message_id: UUID = Field(description="Of the answer.")
    model: str
    privacy: TurnPrivacy


class MemoryUsed(Answer):
    """What the answer was given to read; absent when that is nothing."""

    type: Literal["memory.used"]
    memories: list[UsedMemory]
    unavailable: bool = Field(default=False, description="Memory could not be read.")


class MessageDelta(Answer):
    """The next words."""

    type: Literal["message.delta"]
    message_id: UUID
    delta: str


class ToolCallPiece(Answer):
    """The next piece of a call of a tool, where tools were sent."""

    type: Literal["tool.call"]
    message_id: UUID
    index: int
    call_id: str | None = Field(description="With the first piece.")
    name: str | None = Field(description="With the first piece.")
    arguments: str


class MessageCompleted(Answer):
    """The whole answer, again."""

    type: Literal["message.completed"]
    message_id: UUID
    finish_reason: FinishReason
    content: str


class UsageTold(Answer):
    """Tokens of the answer; an estimate when the model endpoint does not count."""

    type: Literal["usage"]
    input_tokens: int
    output_tokens: int
    total_tokens: int


class MemoryPending(Answer):
    """A job will learn from the turn."""

    type: Literal["memory.pending"]
    job_id: UUID


class MemorySkipped(Answer):
    """Nothing will be learnt from the turn."""

    type: Literal["memory.skipped"]
    reason: Literal["incognito", "paused", "nothing_to_save"]


class RunCompleted(Answer):
    """The end: all went well."""

    type: Literal["run.completed"]


class RunFailed(Answer):
    """The end: it failed; what came is kept as far as the mode says so."""

    type: Literal["run.failed"]
    error: RunError
    retryable: bool


class RunCancelled(Answer):
    """The end: it was stopped."""

    type: Literal["run.cancelled"]


RunStreamEvent = Annotated[
    RunStarted
    | MemoryUsed
    | MessageDelta
    | ToolCallPiece
    | MessageCompleted
    | UsageTold
    | MemoryPending
    | MemorySkipped
    | RunCompleted
    | RunFailed
    | RunCancelled,
    Field(discriminator="type"),
]


class FedMemory(Answer):
    """A memory was saved, or took another's place."""

    type: Literal["memory.saved", "memory.superseded"]
    memory_id: UUID
    memory_profile_id: UUID
    job_id: UUID | None = Field(default=None, description="When it was learnt.")


class FedMove(Answer):
    """Memories are another profile's now."""

    type: Literal["memory.moved"]
    memory_ids: list[UUID]
    from_profile_id: UUID
    memory_profile_id: UUID


class FedMerge(Answer):
    """A profile has become part of another: lists are to be read anew."""

    type: Literal["profile.merged"]
    memory_profile_id: UUID
    from_profile_id: UUID


class FedDocument(Answer):
    """A document is found by searches."""

    type: Literal["document.ready"]
    document_id: UUID
    memory_profile_id: UUID
    chunk_count: int


class FedSession(Answer):
    """A session has changed."""

    type: Literal["session.updated"]
    session_id: UUID
    memory_profile_id: UUID


class FedImport(Answer):
    """An import went on, or ended."""

    type: Literal["import.updated"]
    import_id: UUID
    status: ImportState
    done: int
    total: int | None


FeedEvent = Annotated[
    FedMemory | FedMove | FedMerge | FedDocument | FedSession | FedImport,
    Field(discriminator="type"),
]
