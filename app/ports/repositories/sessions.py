from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.ids import ProfileId, SessionId, TenantId, UserId
from app.models.page import Page, PageKey
from app.models.session import Session


class SessionRepository(Protocol):
    """Chat sessions and their leases: whoever holds a session's lease may write its next answer."""

    def add(self, session: Session, *, tenant_id: TenantId) -> None:
        """The session exists, and reads what it says."""
        ...

    def get(self, session_id: SessionId, *, owner: UserId) -> Session:
        """The session.

        Raises:
            SessionNotFound: absent, or someone else's.
        """
        ...

    def page(
        self,
        *,
        owner: UserId,
        profile_id: ProfileId | None,
        words: Sequence[str],
        after: PageKey | None,
        limit: int,
        threads: bool = False,
    ) -> Page[Session]:
        """The user's sessions, the latest active first.

        Where the database cannot look into words, a page that looks for some may be shorter than
        `limit`, or empty, and have a next key.

        Args:
            owner: whose.
            profile_id: only of this profile; None for all.
            words: each must stand in the title or in a message; case does not matter; () for all.
            after: `at` and `id` of the last one seen.
            limit: at most this many.
            threads: those that hold what was learnt from other applications' conversations, and no others.
        """
        ...

    def update(
        self, session_id: SessionId, *, owner: UserId, changes: Mapping[str, object], at: datetime
    ) -> Session:
        """The session with `changes` made; keys are the fields of Session, but for `reads`.

        Raises:
            SessionNotFound: absent, or someone else's.
        """
        ...

    def set_reads(self, session: Session, *, tenant_id: TenantId) -> None:
        """The session reads what it says here, and no other profiles."""
        ...

    def summarise(self, session_id: SessionId, summary: str, *, upto_seq: int) -> None:
        """The summary stands beside the session, unless it was deleted or has a later one."""
        ...

    def forget_words(self, session_id: SessionId, *, titles: Sequence[str]) -> None:
        """The session has no summary, and no title that is one of `titles`."""
        ...

    def delete(self, session_id: SessionId, *, owner: UserId) -> None:
        """The session and its messages are gone.

        Raises:
            SessionNotFound: absent, or someone else's.
        """
        ...

    def take_lease(
        self, session_id: SessionId, *, token: UUID, now: datetime, until: datetime
    ) -> None:
        """The lease is held under `token` until `until`, at most ten minutes from `now`.

        One that somebody holds for longer was left behind before the clock was set back, and is free.

        Raises:
            RunInProgress: somebody holds it; says for how long, unless that is renewed.
        """
        ...

    def renew_leases(
        self, held: Collection[tuple[SessionId, UUID]], *, until: datetime
    ) -> Collection[tuple[SessionId, UUID]]:
        """Those whose lease is not held under that token any more; the others are, until `until`.

        It waits for nobody: the lease of a session that is being changed at this moment stays held for as
        long as it was, and is renewed the next time.
        """
        ...

    def release_lease(self, session_id: SessionId, *, token: UUID) -> bool:
        """Whether the lease was still held under `token`; it is free now."""
        ...

    def release_all_leases(self) -> int:
        """The number of leases that were held. For a process that knows it is alone."""
        ...

    def ids_of_profile(self, profile_id: ProfileId) -> Sequence[SessionId]:
        """All sessions of a profile."""
        ...
