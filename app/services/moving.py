from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from app.core.errors import InvalidInput, MemoryNotFound
from app.models.clock import Clock
from app.models.ids import MemoryId, ProfileId
from app.models.memory import Memory, MemoryStatus
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.contradicting import let_the_latest_hold
from app.services.erasing import mark
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.superseding import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedMemories:
    """What a move did."""

    moved: Sequence[MemoryId]
    """Those that were named, and those that they are linked with."""
    superseded: Sequence[MemoryId]
    """Of either profile: they hold no longer, since something else was said last."""


class Moving:
    """Memories that go from one profile to another of the same owner, as they are."""

    def __init__(self, database: Database, *, indexer: Indexer, feed: Feed, clock: Clock) -> None:
        self._database = database
        self._indexer = indexer
        self._feed = feed
        self._clock = clock

    async def move(
        self,
        caller: Caller,
        profile_id: ProfileId,
        memory_ids: Collection[MemoryId],
        *,
        to: ProfileId,
    ) -> MovedMemories:
        """The memories are of the other profile, with their ids, versions, sources and times.

        What took the place of one of them, and what they took the place of, goes along, so that a
        history stands on one profile. The messages that they came from stay where they were said.

        Args:
            caller: the owner of both profiles.
            profile_id: where they are.
            memory_ids: which; naming one twice changes nothing.
            to: where they go.

        Raises:
            ProfileNotFound: either is absent, or someone else's.
            MemoryNotFound: one is absent, someone else's, or of another profile; none is moved.
            InvalidInput: the profiles are the same.
        """
        now = self._clock()

        def work(tx: Transaction) -> MovedMemories:
            source = tx.profiles.get(profile_id, owner=caller.user_id)
            receiver = tx.profiles.get(to, owner=caller.user_id)
            if source.id == receiver.id:
                raise InvalidInput("The memories are on this profile already")
            moving = _with_their_chains(tx, caller, profile_id, set(memory_ids))
            ids = [memory.id for memory in moving]
            tx.places.move_memories(ids, owner=caller.user_id, to=to)
            mark(tx, caller, source.namespace, memories=ids)
            mark(tx, caller, receiver.namespace, memories=ids)
            claimed = [one.slot for one in moving if one.slot and one.status is MemoryStatus.ACTIVE]
            author = Author(caller.tenant_id, None, now)
            return MovedMemories(
                moved=ids, superseded=let_the_latest_hold(tx, to, claimed, author=author)
            )

        moved = await self._database.write(work, by=caller)
        self._indexer.wake()
        self._feed.tell(
            caller.user_id,
            "memory.moved",
            memory_ids=list(moved.moved),
            from_profile_id=profile_id,
            memory_profile_id=to,
        )
        for memory_id in moved.superseded:
            self._feed.tell(
                caller.user_id, "memory.superseded", memory_id=memory_id, memory_profile_id=to
            )
        return moved


def _with_their_chains(
    tx: Transaction, caller: Caller, profile_id: ProfileId, wanted: set[MemoryId]
) -> Sequence[Memory]:
    """The memories, and those of their profile that they are linked with, the oldest first.

    Raises:
        MemoryNotFound: one of the wanted is not on the profile.
    """
    owner = caller.user_id
    links = tx.places.links(profile_id, owner=owner)
    linked = tx.memories.by_ids(_linked(wanted, links), owner=owner)
    found = [memory for memory in linked if memory.profile_id == profile_id]
    if wanted - {memory.id for memory in found}:
        raise MemoryNotFound
    return sorted(found, key=lambda memory: memory.id)


def _linked(wanted: set[MemoryId], links: Iterable[tuple[MemoryId, MemoryId]]) -> set[MemoryId]:
    """All that can be reached from these over links, in either direction."""
    neighbours: dict[MemoryId, set[MemoryId]] = {}
    for one, other in links:
        neighbours.setdefault(one, set()).add(other)
        neighbours.setdefault(other, set()).add(one)
    reached, new = set(wanted), set(wanted)
    while new:
        new = {other for one in new for other in neighbours.get(one, ())} - reached
        reached |= new
    return reached
