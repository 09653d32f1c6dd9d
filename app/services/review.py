from collections.abc import Iterable

from app.core.errors import NotReviewable
from app.models.clock import Clock
from app.models.ids import MemoryId, MessageId
from app.models.memory import Memory, MemoryChange, MemoryStatus
from app.models.namespace import Namespace
from app.models.profile import Learning
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.earshot import returns_where_it_stands
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.memory_rows import mark_memory
from app.services.superseding import Author, make_room, restore


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
            NotReviewable: something newer has taken its place, and is still there.
        """
        author = Author(caller.tenant_id, None, self._clock())

        def work(tx: Transaction) -> Memory:
            memory = tx.memories.get(memory_id, owner=caller.user_id)
            if memory.status is MemoryStatus.ACTIVE:
                return memory
            if memory.status is MemoryStatus.SUPERSEDED:
                _restore_if_free(tx, memory, author=author)
            else:
                if memory.status is MemoryStatus.REJECTED:
                    _find_words_again(tx, memory, author=author)
                approved = _with_status(tx, memory, MemoryStatus.ACTIVE, author=author)
                make_room(tx, approved, replaces=approved.replaces, author=author)
            return tx.memories.get(memory_id, owner=caller.user_id)

        return self._told(caller, await self._database.write(work, by=caller))

    async def reject(self, caller: Caller, memory_id: MemoryId) -> Memory:
        """The memory, which does not count, and is not learnt again; what it had ended holds again.

        Messages of the user's that nothing else came of are not found any more.

        Raises:
            MemoryNotFound: absent, or someone else's.
            NotReviewable: something newer has taken its place.
        """
        author = Author(caller.tenant_id, None, self._clock())

        def work(tx: Transaction) -> Memory:
            memory = tx.memories.get(memory_id, owner=caller.user_id)
            if memory.status is MemoryStatus.REJECTED:
                return memory
            if memory.status is MemoryStatus.SUPERSEDED:
                raise NotReviewable
            rejected = _with_status(tx, memory, MemoryStatus.REJECTED, author=author)
            _hide_words(tx, memory, author=author)
            for ended in tx.memories.superseded_by(memory_id, owner=caller.user_id):
                _hold_again(tx, ended, author=author)
            return rejected

        return self._told(caller, await self._database.write(work, by=caller))

    def _told(self, caller: Caller, memory: Memory) -> Memory:
        self._indexer.wake()
        self._feed.tell(
            caller.user_id,
            "memory.saved",
            memory_id=memory.id,
            memory_profile_id=memory.profile_id,
        )
        return memory


def _restore_if_free(tx: Transaction, memory: Memory, *, author: Author) -> None:
    """The memory holds again.

    Raises:
        NotReviewable: what has taken its place is still there.
    """
    if memory.superseded_by is not None:
        raise NotReviewable
    _hold_again(tx, memory, author=author)


def _hold_again(tx: Transaction, memory: Memory, *, author: Author) -> None:
    make_room(tx, restore(tx, memory, author=author), replaces=(), author=author)


def _hide_words(tx: Transaction, memory: Memory, *, author: Author) -> None:
    counts = (MemoryStatus.ACTIVE, MemoryStatus.SUPERSEDED, MemoryStatus.PENDING)
    outcomes = tx.memories.outcomes(memory.source_message_ids)
    needed = {message for message, status, _ in outcomes if status in counts}
    hidden = set(memory.source_message_ids) - needed
    _let_be_found(tx, memory, hidden, author=author, found=False)


def _find_words_again(tx: Transaction, memory: Memory, *, author: Author) -> None:
    profile = tx.profiles.get(memory.profile_id, owner=memory.user_id)
    if profile.learning is Learning.AUTO:
        sources = tx.messages.by_ids(memory.source_message_ids, owner=memory.user_id)
        returning = [one.id for one in sources if returns_where_it_stands(tx, profile, one)]
        _let_be_found(tx, memory, returning, author=author, found=True)


def _let_be_found(
    tx: Transaction, memory: Memory, messages: Iterable[MessageId], *, author: Author, found: bool
) -> None:
    owner = memory.user_id
    changed = tx.messages.let_be_found(messages, owner=owner, found=found)
    for message in tx.messages.by_ids(changed, owner=owner):
        where = Namespace(owner, message.profile_id)
        tx.index_changes.mark(where, [message.id], tenant_id=author.tenant_id, is_episode=True)


def _with_status(
    tx: Transaction, memory: Memory, status: MemoryStatus, *, author: Author
) -> Memory:
    approved = status is MemoryStatus.ACTIVE
    mark_memory(tx, memory, tenant_id=author.tenant_id)
    return tx.memories.update(
        memory.id,
        owner=memory.user_id,
        changes={"status": status},
        change=MemoryChange.APPROVED if approved else MemoryChange.REJECTED,
        job_id=None,
        at=author.at,
    )
