from dataclasses import dataclass
from datetime import datetime

from app.core.privacy import PrivacyMode
from app.models.ids import ProfileId, SessionId, UserId, new_id
from app.models.namespace import Namespace


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation on one profile in one privacy mode."""

    id: SessionId
    user_id: UserId
    profile_id: ProfileId
    privacy_mode: PrivacyMode
    title: str | None
    summary: str | None
    summary_seq: int
    """The summary covers the messages up to this position; 0 when there is none."""
    next_seq: int
    """The position that the next retained message takes; the first is 1."""
    message_count: int
    created_at: datetime
    updated_at: datetime
    reads: tuple[ProfileId, ...] = ()
    """Further profiles that it recalls from, the oldest first; it learns into its own only."""
    thread: str | None = None
    """A keyed hash of the conversation of another application that it holds the learnt messages of;
    None for a session that is one itself."""

    @property
    def namespace(self) -> Namespace:
        """Where this session's profile keeps its memories."""
        return Namespace(self.user_id, self.profile_id)


def new_session(
    namespace: Namespace,
    *,
    at: datetime,
    mode: PrivacyMode = PrivacyMode.NORMAL,
    title: str | None = None,
    reads: tuple[ProfileId, ...] = (),
    thread: str | None = None,
) -> Session:
    """A conversation in which nothing was said."""
    return Session(
        id=SessionId(new_id()),
        user_id=namespace.user_id,
        profile_id=namespace.profile_id,
        privacy_mode=mode,
        title=title,
        summary=None,
        summary_seq=0,
        next_seq=1,
        message_count=0,
        created_at=at,
        updated_at=at,
        reads=reads,
        thread=thread,
    )
