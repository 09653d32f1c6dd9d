from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.ids import ChunkId, MemoryId, MessageId, ProcessId, SessionId, TenantId, UserId
from app.models.process import LiveProcess, Process, ProcessRole
from app.models.session import Session


@dataclass(frozen=True, slots=True)
class Holding:
    """In whose memory the words of a session's incognito turns are, and since which forgetting."""

    process_id: ProcessId | None
    epoch: int


class ProcessRepository(Protocol):
    """The processes that share this database, and the sessions whose words each holds: ids only."""

    def beat(self, process: Process, *, now: datetime, alive_until: datetime) -> None:
        """The process is known, and counts as alive until then."""
        ...

    def leave(self, process_id: ProcessId) -> None:
        """The process is gone, and holds nothing."""
        ...

    def living(self, *, now: datetime) -> Sequence[LiveProcess]:
        """All that count as alive, the longest known first."""
        ...

    def roles(self, *, now: datetime) -> Mapping[ProcessRole, int]:
        """How many count as alive, of each role that there is one of."""
        ...

    def purge(self, *, dead_before: datetime) -> int:
        """How many were last alive before then; they are gone, and hold nothing."""
        ...

    def holder(self, session_id: SessionId, *, now: datetime) -> ProcessId | None:
        """The living process that holds the words of a session's incognito turns."""
        ...

    def hold(
        self, session: Session, *, by: ProcessId, tenant_id: TenantId, now: datetime
    ) -> int | None:
        """The epoch of the session's words, which `by` holds now; None when another living one does."""
        ...

    def let_go(self, session_ids: Collection[SessionId], *, by: ProcessId) -> None:
        """The process holds nothing of these sessions."""
        ...

    def end_holding(self, session_id: SessionId) -> None:
        """Nobody holds the session's words, and whoever did has to forget them."""
        ...

    def holdings(self, session_ids: Collection[SessionId]) -> Mapping[SessionId, Holding]:
        """Who holds what, of those sessions that are there and were ever held."""
        ...


class ErasureRepository(Protocol):
    """When a process has to look at what it holds of a user's words, and what of that is gone."""

    def note(self, user_id: UserId, *, tenant_id: TenantId) -> None:
        """Something of the user was deleted, or is not to be told any more."""
        ...

    def counts(self, user_ids: Collection[UserId]) -> Mapping[UserId, int]:
        """How often that happened to each user who is there."""
        ...

    def gone(
        self,
        *,
        messages: Collection[MessageId],
        memories: Collection[MemoryId],
        episodes: Collection[MessageId],
        chunks: Collection[ChunkId],
    ) -> set[UUID]:
        """Those that are not there any more.

        Args:
            messages: that may be told while they are there.
            memories: the same.
            episodes: messages that may be told as memories while they are there and learnable.
            chunks: of documents, that may be told while they are there.
        """
        ...
