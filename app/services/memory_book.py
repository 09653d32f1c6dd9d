from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.errors import InvalidInput
from app.models.clock import Clock
from app.models.ids import MemoryId, ProfileId, new_id
from app.models.intent import Intent
from app.models.memory import (
    Memory,
    MemoryChange,
    MemoryKind,
    MemorySource,
    MemoryStatus,
    MemoryVersion,
)
from app.models.page import Page, PageKey
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.copying import copy_memories
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.intents import keep
from app.services.memory_rows import add_memory, mark_memory
from app.services.quotas import Quotas
from app.services.versions import ANY_VERSION, Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryStats:
    """What a profile holds, in numbers."""

    by_kind: Mapping[MemoryKind, int]
    by_status: Mapping[MemoryStatus, int]
    pending_index_changes: int
    pending_jobs: int

    @property
    def total(self) -> int:
        """All memories, of any status."""
        return sum(self.by_status.values())


class MemoryBook:
    """Memories as their owner sees and edits them. Deleting stands in `Forgetting`."""

    def __init__(
        self, database: Database, *, indexer: Indexer, quotas: Quotas, feed: Feed, clock: Clock
    ) -> None:
        self._database = database
        self._indexer = indexer
        self._quotas = quotas
        self._feed = feed
        self._clock = clock

    async def add(
        self,
        caller: Caller,
        profile_id: ProfileId,
        *,
        kind: MemoryKind,
        content: str,
        importance: float,
        valid_from: datetime | None,
        valid_until: datetime | None,
        intent: Intent | None = None,
    ) -> Memory:
        """The new memory; the next search finds it.

        Raises:
            ProfileNotFound: absent, or someone else's.
            InvalidInput: it would end before it began.
            IntentTaken: another request was faster.
            QuotaFull: the user's plan has no room for it.
        """
        _refuse_ending_before_it_began(valid_from, valid_until)
        now = self._clock()
        memory = Memory(
            id=MemoryId(new_id()),
            user_id=caller.user_id,
            profile_id=profile_id,
            kind=kind,
            content=content,
            importance=importance,
            confidence=1.0,
            status=MemoryStatus.ACTIVE,
            said_at=now,
            valid_from=valid_from,
            valid_until=valid_until,
            source=MemorySource.MANUAL,
            created_at=now,
            updated_at=now,
        )

        def work(tx: Transaction) -> None:
            tx.profiles.get(profile_id, owner=caller.user_id)
            self._quotas.admit(tx, caller, memories=1)
            add_memory(tx, memory, tenant_id=caller.tenant_id)
            keep(tx, caller, intent, memory.id, at=now)

        await self._database.write(work, by=caller)
        self._saved(memory)
        return memory

    async def get(self, caller: Caller, memory_id: MemoryId) -> Memory:
        """The memory.

        Raises:
            MemoryNotFound: absent, or someone else's.
        """
        return await self._database.read(
            lambda tx: tx.memories.get(memory_id, owner=caller.user_id), by=caller
        )

    async def page(
        self,
        caller: Caller,
        profile_id: ProfileId,
        *,
        kind: MemoryKind | None,
        status: MemoryStatus | None,
        as_of: datetime | None = None,
        after: PageKey | None,
        limit: int,
    ) -> Page[Memory]:
        """A profile's memories, newest first; None for any kind, any status, any time.

        With `as_of` those that held then, whatever holds now; `status` remains that of the present.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Page[Memory]:
            tx.profiles.get(profile_id, owner=caller.user_id)
            return tx.memories.page(
                profile_id,
                owner=caller.user_id,
                kind=kind,
                status=status,
                as_of=as_of,
                after=after,
                limit=limit,
            )

        return await self._database.read(work, by=caller)

    async def update(
        self,
        caller: Caller,
        memory_id: MemoryId,
        *,
        changes: Mapping[str, object],
        expected: Expected = ANY_VERSION,
    ) -> Memory:
        """The memory with `changes` made; keys are fields of Memory. Without any it stays as it is.

        Raises:
            MemoryNotFound: absent, or someone else's.
            InvalidInput: it would end before it began.
            PreconditionFailed: it is not as is expected.
        """
        if not changes:
            memory = await self.get(caller, memory_id)
            expected.require(memory)
            return memory
        now = self._clock()

        def work(tx: Transaction) -> Memory:
            before = tx.memories.get(memory_id, owner=caller.user_id)
            expected.require(before)
            _refuse_ending_before_it_began(
                changes.get("valid_from", before.valid_from),
                changes.get("valid_until", before.valid_until),
            )
            memory = tx.memories.update(
                memory_id,
                owner=caller.user_id,
                changes=changes,
                change=MemoryChange.UPDATED,
                job_id=None,
                at=now,
            )
            mark_memory(tx, memory, tenant_id=caller.tenant_id)
            return memory

        memory = await self._database.write(work, by=caller)
        self._saved(memory)
        return memory

    async def history(self, caller: Caller, memory_id: MemoryId) -> Sequence[MemoryVersion]:
        """How the memory came to say what it says, oldest first, and why it holds no longer.

        Raises:
            MemoryNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Sequence[MemoryVersion]:
            memory = tx.memories.get(memory_id, owner=caller.user_id)
            return _explained(memory, tx.memories.versions(memory_id, owner=caller.user_id))

        return await self._database.read(work, by=caller)

    async def stats(self, caller: Caller, profile_id: ProfileId) -> MemoryStats:
        """What the profile holds, in numbers.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> MemoryStats:
            tx.profiles.get(profile_id, owner=caller.user_id)
            counts = tx.memories.counts(profile_id, owner=caller.user_id)
            kinds = sorted({kind for kind, _, _ in counts})
            statuses = sorted({status for _, status, _ in counts})
            return MemoryStats(
                by_kind={k: sum(n for kind, _, n in counts if kind is k) for k in kinds},
                by_status={s: sum(n for _, status, n in counts if status is s) for s in statuses},
                pending_index_changes=tx.index_changes.count(profile_id),
                pending_jobs=tx.jobs.count_open(profile_id),
            )

        return await self._database.read(work, by=caller)

    async def copy(
        self, caller: Caller, profile_id: ProfileId, *, target: ProfileId | None, name: str | None
    ) -> tuple[Profile, int]:
        """The profile that received the active memories, and how many of them were new to it.

        Args:
            caller: the owner of both profiles.
            profile_id: where from.
            target: an existing profile, or None for a new one
            name: of the new one.

        Raises:
            ProfileNotFound: either is absent, or someone else's.
            ProfileNameTaken: the new one's name is in use.
            QuotaFull: the user's plan has no room for them, and none is copied.
        """
        now = self._clock()

        def work(tx: Transaction) -> tuple[Profile, int]:
            before = self._quotas.kept(tx, caller)
            copied = copy_memories(tx, caller, profile_id, target=target, name=name, at=now)
            self._quotas.require_kept(tx, caller, before=before)
            return copied

        copied = await self._database.write(work, by=caller)
        self._indexer.wake()
        return copied

    def _saved(self, memory: Memory) -> None:
        self._indexer.wake()
        self._feed.tell(
            memory.user_id,
            "memory.saved",
            memory_id=memory.id,
            memory_profile_id=memory.profile_id,
        )


def _refuse_ending_before_it_began(valid_from: object, valid_until: object) -> None:
    if (
        isinstance(valid_from, datetime)
        and isinstance(valid_until, datetime)
        and valid_until < valid_from
    ):
        raise InvalidInput("valid_until must not be before valid_from")


def _explained(memory: Memory, versions: Sequence[MemoryVersion]) -> Sequence[MemoryVersion]:
    """The versions, the last that superseded it with what the memory knows of its end."""
    if memory.status is not MemoryStatus.SUPERSEDED:
        return versions
    last = max((v.version for v in versions if v.change is MemoryChange.SUPERSEDED), default=None)
    return [
        replace(one, valid_until=memory.valid_until, superseded_by=memory.superseded_by)
        if one.version == last
        else one
        for one in versions
    ]
