from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.ids import JobId, MemoryId, MessageId, ProfileId, TenantId, UserId
from app.models.memory import (
    Layer,
    LayerLimits,
    Memory,
    MemoryChange,
    MemoryKind,
    MemoryStatus,
    MemoryVersion,
)
from app.models.page import Page, PageKey


class MemoryRepository(Protocol):
    """Memories, where each is known from, and how each came to say what it says."""

    def add(self, memory: Memory, *, tenant_id: TenantId) -> None:
        """The memory exists with its sources and its first version."""
        ...

    def get(self, memory_id: MemoryId, *, owner: UserId) -> Memory:
        """The memory.

        Raises:
            MemoryNotFound: absent, or someone else's.
        """
        ...

    def by_ids(self, ids: Iterable[MemoryId], *, owner: UserId) -> Sequence[Memory]:
        """Those of the memories that exist and are the owner's, in no order."""
        ...

    def page(
        self,
        profile_id: ProfileId,
        *,
        owner: UserId,
        kind: MemoryKind | None,
        status: MemoryStatus | None,
        as_of: datetime | None = None,
        after: PageKey | None,
        limit: int,
    ) -> Page[Memory]:
        """A profile's memories, newest first; None for any kind, any status, any time.

        What held `as_of` a moment is told at `held_at`; its status is that of the present.
        """
        ...

    def held_at(
        self, moment: datetime, ids: Iterable[MemoryId], *, owner: UserId
    ) -> Sequence[Memory]:
        """Those of the memories, the owner's, that held at a moment; in no order.

        A memory holds from `valid_from`, or from when it was said, until before `valid_until`. What
        was superseded without one ended when what holds instead began; when that is not known any
        more, at the change. What waits for review, or was rejected, never held.
        """
        ...

    def update(
        self,
        memory_id: MemoryId,
        *,
        owner: UserId,
        changes: Mapping[str, object],
        change: MemoryChange,
        job_id: JobId | None,
        at: datetime,
    ) -> Memory:
        """The memory with `changes` made, and a version that says so; keys are fields of Memory.

        Raises:
            MemoryNotFound: absent, or someone else's.
        """
        ...

    def add_sources(self, memory_id: MemoryId, messages: Iterable[MessageId]) -> None:
        """The memory is known from these messages as well."""
        ...

    def versions(self, memory_id: MemoryId, *, owner: UserId) -> Sequence[MemoryVersion]:
        """How the memory changed, oldest first; empty when it is absent or someone else's."""
        ...

    def delete(self, ids: Iterable[MemoryId], *, owner: UserId) -> int:
        """How many of the memories were there and are gone, versions and sources with them."""
        ...

    def ids_of_profile(
        self, profile_id: ProfileId, *, owner: UserId, status: MemoryStatus | None
    ) -> Sequence[MemoryId]:
        """All memories of a profile; None for any status."""
        ...

    def with_content(self, profile_id: ProfileId, contents: Iterable[str]) -> Sequence[Memory]:
        """The memories of a profile, of any status, that say exactly one of these."""
        ...

    def in_slot(
        self,
        profile_id: ProfileId,
        slot: str,
        *,
        among: Collection[MemoryStatus] = (MemoryStatus.ACTIVE,),
    ) -> Sequence[Memory]:
        """The memories of a profile that claim a slot, the earliest said first."""
        ...

    def standing(
        self, profile_ids: Sequence[ProfileId], *, owner: UserId, limits: LayerLimits
    ) -> Mapping[Layer, Sequence[Memory]]:
        """The active memories of some profiles that each layer puts first, best first.

        One query over indexes, so that it costs the same in a profile of any size.
        """
        ...

    def superseded_by(self, memory_id: MemoryId, *, owner: UserId) -> Sequence[Memory]:
        """The memories that this one has taken the place of."""
        ...

    def outcomes(
        self, messages: Iterable[MessageId]
    ) -> Sequence[tuple[MessageId, MemoryStatus, str]]:
        """What became of what these messages said: each message, and each memory that came of it."""
        ...

    def resting_on(
        self, ids: Iterable[UUID], *, profiles: Iterable[ProfileId]
    ) -> Collection[MemoryId]:
        """The profiles' memories that came from one of these messages, or repeat such a memory."""
        ...

    def ever_said(self, ids: Iterable[MemoryId], *, owner: UserId) -> Iterator[str]:
        """What the owner's memories say, and what they said before they were changed."""
        ...

    def counts(
        self, profile_id: ProfileId, *, owner: UserId
    ) -> Sequence[tuple[MemoryKind, MemoryStatus, int]]:
        """How many memories a profile has of each kind and status."""
        ...

    def changed_by(self, job_id: JobId) -> Sequence[tuple[MemoryId, MemoryChange]]:
        """What a job did to which memories."""
        ...
