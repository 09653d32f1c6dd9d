from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from app.core.privacy import NOTES, POLICIES, PrivacyMode
from app.models.message import FinishReason, Message, Role
from app.schemas.fields import (
    Answer,
    Body,
    MessageText,
    Moment,
    Name,
    Patch,
    Reads,
    Timestamp,
    Title,
)
from app.schemas.lists import ListAnswer
from app.schemas.memories import UsedMemory
from app.services.appending import PastMessage
from app.services.session_views import MessageView, SessionView
from app.services.summaries import Summary


class SessionCreation(Body):
    """A new session; on the default profile, and in normal mode, unless it says otherwise."""

    memory_profile_id: UUID | None = None
    privacy_mode: PrivacyMode = PrivacyMode.NORMAL
    title: Title | None = None
    reads_memory_profile_ids: Reads = Field(default_factory=list)


class SessionUpdate(Patch):
    """What changes of a session; what is left out stays."""

    nullable: ClassVar = frozenset({"title"})

    title: Title | None = None
    privacy_mode: PrivacyMode | None = None
    reads_memory_profile_ids: Reads | None = None

    def of_session(self) -> dict[str, object]:
        """What was given, by the names of a session's fields."""
        changes = self.changes()
        if "reads_memory_profile_ids" in changes:
            changes["reads"] = changes.pop("reads_memory_profile_ids")
        return changes


class SessionPrivacy(Answer):
    """What a session's mode permits, and what it cannot promise.

    A turn may be permitted less, by its profile or its request: its own `privacy` says so.
    """

    recall: bool
    learn: bool
    retain: bool
    note: str


class SessionAnswer(Answer):
    """A session. What is said in incognito, and a title given there, are in this server's memory only."""

    id: UUID
    memory_profile_id: UUID
    privacy_mode: PrivacyMode
    title: str | None
    message_count: int
    reads_memory_profile_ids: list[UUID] = Field(
        description="Profiles that it recalls from besides its own, the oldest first."
    )
    privacy: SessionPrivacy
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, view: SessionView) -> "SessionAnswer":
        """The session as clients see it."""
        session = view.session
        policy = POLICIES[session.privacy_mode]
        return cls(
            id=session.id,
            memory_profile_id=session.profile_id,
            privacy_mode=session.privacy_mode,
            title=view.title,
            message_count=view.message_count,
            reads_memory_profile_ids=list(session.reads),
            privacy=SessionPrivacy(
                recall=policy.recall,
                learn=policy.learn,
                retain=policy.retain,
                note=NOTES[session.privacy_mode],
            ),
            created_at=session.created_at,
            updated_at=session.updated_at,
        )


class SessionList(ListAnswer[SessionAnswer]):
    """One page of sessions."""


class PastMessageBody(Body):
    """Something that was said earlier, elsewhere."""

    role: Literal["user", "assistant"]
    content: MessageText
    name: Name | None = None
    created_at: Moment | None = Field(
        default=None, description="When it was said: now unless given, and never later than now."
    )

    def to_past(self) -> PastMessage:
        """The message, its time in UTC."""
        return PastMessage(
            role=Role(self.role),
            content=self.content,
            name=self.name,
            created_at=self.created_at,
        )


class AppendRequest(Body):
    """Past messages in the order in which they were said."""

    messages: list[PastMessageBody] = Field(min_length=1, max_length=500)


class MessageAnswer(Answer):
    """A message. `memories_used` are those that still exist."""

    id: UUID
    session_id: UUID
    role: Role
    name: str | None
    content: str
    finish_reason: FinishReason | None
    privacy_mode: PrivacyMode
    memories_used: list[UsedMemory]
    repeats_forgotten: bool = Field(
        description="Whether it is an answer that repeats what has been deleted since. It stays "
        "readable here and in exports; no model is shown it, and no search finds it."
    )
    created_at: Timestamp

    @classmethod
    def of(cls, view: MessageView) -> "MessageAnswer":
        """The message as clients see it."""
        return cls.plain(view.message, [UsedMemory.of(used) for used in view.memories_used])

    @classmethod
    def plain(cls, message: Message, used: list[UsedMemory]) -> "MessageAnswer":
        """The message with the memories that are known to be its own."""
        return cls(
            id=message.id,
            session_id=message.session_id,
            role=message.role,
            name=message.name,
            content=message.content,
            finish_reason=message.finish_reason,
            privacy_mode=message.privacy_mode,
            memories_used=used,
            repeats_forgotten=message.repeats_forgotten,
            created_at=message.created_at,
        )


class MessageList(ListAnswer[MessageAnswer]):
    """One page of messages."""


class AppendAnswer(Answer):
    """The messages as they were appended."""

    data: list[MessageAnswer]


class SummaryAnswer(Answer):
    """What a session was about; null when nothing has been said."""

    session_id: UUID
    summary: str | None
    message_count: int = Field(description="How many of its messages, from the first, it covers.")

    @classmethod
    def of(cls, session_id: UUID, summary: Summary) -> "SummaryAnswer":
        """The summary as clients see it."""
        return cls(session_id=session_id, summary=summary.text, message_count=summary.message_count)
