from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.errors import InvalidInput, RunInProgress
from app.models.clock import Clock
from app.models.ids import MemoryId, ProfileId
from app.models.memory import MemoryStatus
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.ports.repositories.places import Moved, Outline
from app.services.contradicting import let_the_latest_hold
from app.services.erasing import mark, owe_forgetting
from app.services.feed import Feed
from app.services.indexing import Indexer
from app.services.process_memory import Oblivion, ProcessMemory
from app.services.superseding import Author
from app.services.twins import twins_of


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
        self,
        database: Database,
        *,
        indexer: Indexer,
        memory: ProcessMemory,
        feed: Feed,
        clock: Clock,
    ) -> None:
        self._database = database
        self._indexer = indexer
        self._memory = memory
        self._feed = feed
        self._clock = clock

    async def merge(self, caller: Caller, profile_id: ProfileId, *, source: ProfileId) -> Merged:
        """All of the source is the profile's, which keeps its name, persona and settings.

        But for redaction, which is on if either had it: what waits to be learnt is learnt there.
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

        merged = await self._database.write(work, by=caller)
        gone = Oblivion(user_id=caller.user_id, withheld=set(merged.merged))
        await self._memory.forget(gone)
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
    owner = caller.user_id
    arriving = tx.places.outlines(giver.id, owner=owner)
    receiving = tx.places.outlines(into.id, owner=owner)
    yields = twins_of(receiving, arriving)
    tx.index_changes.mark_arrivals(into.namespace, of=giver.id, tenant_id=caller.tenant_id)
    tx.index_changes.mark_all(giver.namespace, tenant_id=caller.tenant_id)
    mark(tx, caller, into.namespace, memories=list(yields))
    moved = tx.places.merge(giver.id, into=into.id, owner=owner)
    tx.places.unite(yields, owner=owner)
    contested = _claimed(arriving) & _claimed(receiving)
    superseded = let_the_latest_hold(tx, into.id, contested, author=author)
    tx.profiles.add_speakers(into.id, giver.speakers)
    if giver.redact_pii and not into.redact_pii:
        tx.profiles.update(into.id, owner=owner, changes={"redact_pii": True}, at=author.at)
    if giver.is_default:
        tx.profiles.set_default(into.id, owner=owner, at=author.at)
    tx.profiles.delete(giver.id, owner=owner, at=author.at)
    owe_forgetting(tx, caller)
    return Merged(
        profile=tx.profiles.get(into.id, owner=owner),
        moved=moved,
        merged=list(yields),
        superseded=superseded,
    )


def _claimed(memories: Iterable[Outline]) -> set[str]:
    """What memories say can hold only once."""
    return {one.slot for one in memories if one.slot and one.status is MemoryStatus.ACTIVE}
