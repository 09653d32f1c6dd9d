from typing import Final

from app.core.errors import NotReviewable
from app.models.clock import Clock
from app.models.ids import MemoryId
from app.models.memory import Memory, MemoryChange, MemoryStatus
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.remembering import Author, make_room

_REVIEWABLE: Final = {MemoryStatus.PENDING, MemoryStatus.ACTIVE, MemoryStatus.REJECTED}


class Review:
    """What a person decides about memories that were learnt. Each decision can be undone."""

    def __init__(self, database: Database, *, indexer: Indexer, feed: Feed, clock: Clock) -> None:
        self._database = database
        self._indexer = indexer
        self._feed = feed
        self._clock = clock

    async def approve(self, caller: Caller, memory_id: MemoryId) -> Memory:
        """The memory, which counts from now on; what it contradicts holds no longer.

        Raises:
            MemoryNotFound: absent, or someone else's.
            NotReviewable: something newer has taken its place.
        """
        return await self._decide(caller, memory_id, MemoryStatus.ACTIVE)

    async def reject(self, caller: Caller, memory_id: MemoryId) -> Memory:
        """The memory, which does not count, and is not learnt again.

        Raises:
            MemoryNotFound: absent, or someone else's.
            NotReviewable: something newer has taken its place.
        """
        return await self._decide(caller, memory_id, MemoryStatus.REJECTED)

    async def _decide(self, caller: Caller, memory_id: MemoryId, status: MemoryStatus) -> Memory:
        author = Author(caller.tenant_id, None, self._clock())

        def work(tx: Transaction) -> Memory:
            memory = tx.memories.get(memory_id, owner=caller.user_id)
            if memory.status is status:
                return memory
            if memory.status not in _REVIEWABLE:
                raise NotReviewable
            decided = _with_status(tx, memory, status, author=author)
            if status is MemoryStatus.ACTIVE:
                make_room(tx, decided, replaces=decided.replaces, author=author)
            return tx.memories.get(memory_id, owner=caller.user_id)

        memory = await self._database.write(work)
        self._indexer.wake()
        self._feed.tell(
            caller.user_id,
            "memory.saved",
            memory_id=memory.id,
            memory_profile_id=memory.profile_id,
        )
        return memory


def _with_status(
    tx: Transaction, memory: Memory, status: MemoryStatus, *, author: Author
) -> Memory:
    approved = status is MemoryStatus.ACTIVE
    tx.index_changes.mark(
        memory.namespace, [memory.id], tenant_id=author.tenant_id, is_episode=False
    )
    return tx.memories.update(
        memory.id,
        owner=memory.user_id,
        changes={"status": status},
        change=MemoryChange.APPROVED if approved else MemoryChange.REJECTED,
        job_id=None,
        at=author.at,
    )
