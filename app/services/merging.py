from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import InvalidInput, RunInProgress
from app.models.clock import Clock
from app.models.ids import MemoryId, ProfileId
from app.models.memory import Memory, MemoryStatus
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.ports.repositories.places import Moved
from app.services.contradicting import let_the_latest_hold
from app.services.erasing import mark
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.remembering import Author
from app.services.runs import Runs
from app.services.twins import twins_of

_ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a merge did."""

    profile: Profile
    """The one that has it all."""
    moved: Moved
    merged: Sequence[MemoryId]
    """They said what another memory says, which has their sources now."""
    superseded: Sequence[MemoryId]
    """Of either profile: they hold no longer, since something else was said last."""


class Merging:
    """Two profiles of one owner that become one, in one transaction."""

    def __init__(
        self, database: Database, *, indexer: Indexer, runs: Runs, feed: Feed, clock: Clock
    ) -> None:
        self._database = database
        self._indexer = indexer
        self._runs = runs
        self._feed = feed
        self._clock = clock

    async def merge(self, caller: Caller, profile_id: ProfileId, *, source: ProfileId) -> Merged:
        """All of the source is the profile's, which keeps its name, persona and settings.

        Messages stay as learnable, and as easily found, as they were when they were said. Memories
        that say the same become one; of what can hold only once, what was said last holds. Who read
        the source reads the profile, and it is the default if the source was. Learning that is
        under way on either begins anew. Incognito conversations go on: only their row has moved.

        Args:
            caller: the owner of both.
            profile_id: the one that goes on.
            source: the one that is gone afterwards.

        Raises:
            ProfileNotFound: either is absent, or someone else's.
            InvalidInput: they are the same.
            RunInProgress: an answer is being written on one of them.
        """
        now = self._clock()

        def work(tx: Transaction) -> Merged:
            receiver = tx.profiles.get(profile_id, owner=caller.user_id)
            giver = tx.profiles.get(source, owner=caller.user_id)
            if giver.id == receiver.id:
                raise InvalidInput("A profile cannot be merged into itself")
            if any(tx.places.is_answering(one.id, now=now) for one in (giver, receiver)):
                raise RunInProgress("An answer is being written on one of the profiles")
            return _merge(
                tx, giver, into=receiver, author=Author(caller.tenant_id, None, now), caller=caller
            )

        merged = await self._database.write(work)
        self._runs.withhold(set(merged.merged))
        self._indexer.wake()
        self._feed.tell(
            caller.user_id,
            "profile.merged",
            memory_profile_id=profile_id,
            from_profile_id=source,
        )
        return merged


def _merge(
    tx: Transaction, giver: Profile, *, into: Profile, author: Author, caller: Caller
) -> Merged:
    arriving, receiving = _memories(tx, giver), _memories(tx, into)
    yields = twins_of(receiving, arriving)
    _mark(tx, caller, giver, into=into, arriving=arriving, yields=yields)
    moved = tx.places.merge(giver.id, into=into.id, owner=caller.user_id)
    tx.places.unite(yields, owner=caller.user_id)
    taken = {memory.slot for memory in receiving}
    contested = [memory for memory in arriving if memory.slot in taken]
    superseded = let_the_latest_hold(tx, into.id, contested, author=author)
    tx.profiles.add_speakers(into.id, giver.speakers)
    if giver.is_default:
        tx.profiles.set_default(into.id, owner=caller.user_id, at=author.at)
    tx.profiles.delete(giver.id, owner=caller.user_id, at=author.at)
    return Merged(
        profile=tx.profiles.get(into.id, owner=caller.user_id),
        moved=moved,
        merged=list(yields),
        superseded=superseded,
    )


def _memories(tx: Transaction, profile: Profile) -> Sequence[Memory]:
    """All memories of a profile, the oldest first."""
    page = tx.memories.page(
        profile.id, owner=profile.user_id, kind=None, status=None, after=None, limit=_ALL
    )
    return page.items[::-1]


def _mark(
    tx: Transaction,
    caller: Caller,
    giver: Profile,
    *,
    into: Profile,
    arriving: Sequence[Memory],
    yields: Mapping[MemoryId, MemoryId],
) -> None:
    """The index will follow, while both profiles are still there."""
    active = [memory.id for memory in arriving if memory.status is MemoryStatus.ACTIVE]
    mark(
        tx,
        caller,
        into.namespace,
        memories=list(dict.fromkeys([*active, *yields])),
        episodes=tx.messages.episode_ids(giver.id),
    )
    tx.index_changes.mark_all(giver.namespace, tenant_id=caller.tenant_id)
