from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from app.models.ids import JobId, MessageId, ProfileId, RunId, SessionId, TenantId, UserId
from app.models.message import Message
from app.models.page import Page, PageKey


class MessageRepository(Protocol):
    """Retained messages."""

    def append(self, messages: Sequence[Message], *, tenant_id: TenantId) -> Sequence[Message]:
        """The messages at the end of their one session, with their positions."""
        ...

    def get(self, message_id: MessageId, *, owner: UserId) -> Message:
        """The message.

        Raises:
            MessageNotFound: absent, or someone else's.
        """
        ...

    def recent(self, session_id: SessionId, *, limit: int) -> Sequence[Message]:
        """The newest `limit` messages of a session, oldest first."""
        ...

    def page(
        self, session_id: SessionId, *, owner: UserId, before: PageKey | None, limit: int
    ) -> Page[Message]:
        """The newest `limit` messages of a session before position `before.seq`, oldest first.

        Walks the (session_id, seq) index backwards, so a page costs the same at any depth.
        """
        ...

    def after_seq(self, session_id: SessionId, *, seq: int, limit: int) -> Sequence[Message]:
        """At most `limit` messages of a session after a position, oldest first."""
        ...

    def count(self, session_id: SessionId, *, upto_seq: int) -> int:
        """How many messages a session has up to a position."""
        ...

    def by_ids(self, ids: Iterable[MessageId], *, owner: UserId) -> Sequence[Message]:
        """Those of the messages that exist and are the owner's, in no order."""
        ...

    def of_run(self, run_id: RunId, *, owner: UserId) -> Sequence[Message]:
        """The messages that a run wrote, oldest first."""
        ...

    def of_job(self, job_id: JobId) -> Sequence[Message]:
        """The learnable messages that a job is to read, by session and position."""
        ...

    def episode_ids(self, profile_id: ProfileId) -> Sequence[MessageId]:
        """The messages of a profile that belong in the index."""
        ...

    def unlearn(self, ids: Iterable[MessageId]) -> Sequence[MessageId]:
        """Those of the messages that were learnable and are not any more."""
        ...

    def unlearn_answers(
        self, profiles: Iterable[ProfileId], *, shown: Iterable[UUID]
    ) -> Mapping[ProfileId, Sequence[MessageId]]:
        """Answers of the profiles that were learnable and are not any more, by profile.

        Those whose model was shown one of these memories or messages, by recall or as history, and
        those that were shown such an answer in turn.
        """
        ...

    def in_sight(
        self, profiles: Iterable[ProfileId], *, shown: Iterable[UUID]
    ) -> Sequence[MessageId]:
        """Answers of the profiles that were shown one of these, by recall or as history.

        And those that were shown such an answer in turn, learnable or not.
        """
        ...

    def mark_repeating(self, ids: Iterable[MessageId]) -> None:
        """The answers repeat what was forgotten: no model reads them, and nothing finds them."""
        ...

    def unlearnable(self, ids: Iterable[MessageId], *, owner: UserId) -> bool:
        """Whether one of the messages is gone, or may not be learnt from any more."""
        ...

    def let_be_found(
        self, ids: Iterable[MessageId], *, owner: UserId, found: bool
    ) -> Sequence[MessageId]:
        """The user's learnable messages among these that were not as is wanted, and are now."""
        ...

    def withhold(self, ids: Iterable[MessageId], *, owner: UserId) -> Sequence[MessageId]:
        """The owner's messages among these that could be found, and cannot be, for what they hold."""
        ...

    def any_hidden(self, ids: Iterable[MessageId], *, owner: UserId) -> bool:
        """Whether one of the messages may be learnt from and not be found, and does not only quote."""
        ...

    def unlearn_profile(self, profile_id: ProfileId) -> Sequence[MessageId]:
        """The messages of the profile that were learnable; none is any more."""
        ...

    def delete(self, ids: Iterable[MessageId], *, owner: UserId) -> int:
        """How many of the messages were there and are gone."""
        ...

    def ids_of_session(self, session_id: SessionId, *, owner: UserId) -> Sequence[MessageId]:
        """All messages of a session, oldest first."""
        ...
