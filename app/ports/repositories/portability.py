from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.ids import (
    ImportId,
    JobId,
    MessageId,
    ProcessId,
    ProfileId,
    SessionId,
    TenantId,
    UserId,
)
from app.models.imports import Import
from app.models.memory import Memory, MemoryVersion
from app.models.message import Message
from app.models.namespace import Namespace
from app.models.portable import Counts, Noun
from app.models.session import Session


class PortabilityRepository(Protocol):
    """Whole profiles out and in, in bounded memory and many rows at a time."""

    def counts(self, profile_ids: Sequence[ProfileId]) -> Counts:
        """How many sessions, messages and memories `sessions`, `messages` and `memories` yield."""
        ...

    def sessions(self, profile_id: ProfileId) -> Iterator[Session]:
        """The sessions that hold something that is kept, or would keep it; oldest first."""
        ...

    def messages(self, session_id: SessionId) -> Iterator[Sequence[Message]]:
        """The messages of a session in their order, some at a time."""
        ...

    def memories(
        self, profile_id: ProfileId
    ) -> Iterator[Sequence[tuple[Memory, Sequence[MemoryVersion]]]]:
        """The memories of a profile with their histories, oldest first, some at a time."""
        ...

    def open_jobs(self, profile_id: ProfileId) -> set[JobId]:
        """The learning jobs of a profile that have not ended yet."""
        ...

    def known(
        self, noun: Noun, ids: Iterable[UUID], *, owner: UserId, within: Sequence[ProfileId] | None
    ) -> set[UUID]:
        """Those of the ids that are the owner's and in one of the profiles; None for any."""
        ...

    def is_blank(self, profile_id: ProfileId) -> bool:
        """Whether nothing was ever said or written on the profile."""
        ...

    def positions(self, session_id: SessionId) -> Sequence[int]:
        """The positions that are taken in a session."""
        ...

    def add_sessions(self, sessions: Sequence[Session], *, tenant_id: TenantId) -> None:
        """The sessions exist as they are given."""
        ...

    def add_messages(self, messages: Sequence[Message], *, tenant_id: TenantId) -> None:
        """The messages exist at the positions they have; their sessions count them.

        A session was active no earlier than its latest message.
        """
        ...

    def add_memories(
        self,
        memories: Sequence[tuple[Memory, Sequence[MemoryVersion]]],
        *,
        tenant_id: TenantId,
    ) -> None:
        """The memories exist with these histories, and with their sources."""
        ...

    def add_job(
        self,
        namespace: Namespace,
        messages: Sequence[MessageId],
        *,
        tenant_id: TenantId,
        at: datetime,
    ) -> JobId:
        """A learning job of the lane that reads these messages, is due, and nothing else joins."""
        ...


class ImportRepository(Protocol):
    """What became of the files that were imported, in numbers."""

    def add(self, started: Import, *, by: ProcessId | None = None) -> None:
        """The import is known, and carried out by one of several processes if it is said by which."""
        ...

    def finish(self, finished: Import) -> None:
        """The import, which was running, stands as it does here.

        Raises:
            ImportNotFound: it is gone meanwhile, with its profile or its account, or has ended: nothing
                of it may be kept.
        """
        ...

    def get(self, import_id: ImportId, *, owner: UserId) -> Import:
        """The import.

        Raises:
            ImportNotFound: absent, or someone else's.
        """
        ...

    def fail_running(self, *, started_before: datetime | None, error: str, at: datetime) -> int:
        """How many imports were running, since before a moment if one is given; they failed."""
        ...

    def fail_abandoned(self, *, silent_since: datetime, error: str, at: datetime) -> int:
        """How many imports a process carried out that was last alive before then; they failed."""
        ...

    def purge(self, *, finished_before: datetime) -> int:
        """How many finished imports were that old and are gone."""
        ...
