from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.privacy import PrivacyLayer, PrivacyMode
from app.models.ids import JobId, MemoryId, MessageId, ProfileId, RunId, SessionId, UserId
from app.models.memory import MemoryKind


class Role(StrEnum):
    """Who speaks."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"


class FinishReason(StrEnum):
    """Why an answer ended where it did."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    TOOL_CALLS = "tool_calls"
    """It asks its client to call tools, and goes on with their results."""
    CANCELLED = "cancelled"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that one answer cost; an estimate when the endpoint did not say."""

    input_tokens: int
    output_tokens: int

    @property
    def total_tokens(self) -> int:
        """Both together."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """One memory or episode that an answer was given to read. Its words are looked up when shown."""

    id: MemoryId
    kind: MemoryKind
    score: float
    terms: Mapping[str, float] = field(default_factory=dict)
    """What the score was the sum of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody said in a session, and what may become of it."""

    id: MessageId
    user_id: UserId
    profile_id: ProfileId
    session_id: SessionId
    seq: int
    """Position in the session, from 1."""
    role: Role
    name: str | None = None
    """The speaker's own name, when a transcript has several people."""
    content: str
    privacy_mode: PrivacyMode
    """The mode in force when it was said. Never changed afterwards."""
    tightened_by: tuple[PrivacyLayer, ...] = ()
    """Who saw to that, if it was said in a turn."""
    learnable: bool
    """Whether memories may come from it. Stamped at writing; later it can only be taken away."""
    searchable: bool = False
    """Whether recall may find it as an episode. Can only be taken away, as `learnable`."""
    withheld: bool = False
    """Whether it is not searchable for what it holds, a secret say, and for nothing else."""
    quoted: bool = False
    """True for an answer that only repeats what it was given, so that it teaches nothing."""
    repeats_forgotten: bool = False
    """Whether it is an answer that repeats what has been deleted since. Its owner reads it on;
    no model does, and nothing finds it."""
    finish_reason: FinishReason | None = None
    usage: Usage | None = None
    run_id: RunId | None = None
    job_id: JobId | None = None
    """The learning job that reads, or has read, this message."""
    memories_used: tuple[MemoryUse, ...] = ()
    created_at: datetime
