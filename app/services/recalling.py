"""Reading memories: for a turn, and for those who search."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.core.errors import IndexUnavailable, StorageUnavailable
from app.models.clock import Clock
from app.models.ids import MemoryId, MessageId, ProfileId, UserId
from app.models.memory import Memory, MemoryKind, MemoryStatus, Recalled
from app.models.message import Message, Role
from app.models.namespace import Namespace
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.ports.embedder import Embedder
from app.ports.vector_index import QueryVectors, VectorIndex
from app.services.indexing import Indexer
from app.services.recall import ContextTail, Ranked, rank
from app.services.recall_query import RecallQuery, describe_query, only_asks
from app.services.recall_several import Placed, best_first, said_once
from app.services.relevance import Signs, relevant, signs_of
from app.services.small_talk import is_small_talk
from app.services.turn_memory import Recollection

logger = logging.getLogger(__name__)

SPARE: Final = 2
"""So many times the wanted memories are looked up, since some may yield their place."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """All that a search found for a text, and what speaks for its relevance."""

    query: RecallQuery
    ranked: Sequence[Ranked]
    """Best first, each with its score by term."""
    signs: Signs


class Recaller:
    """Searches the index, ranks, and fetches the words of the best from SQL."""

    def __init__(
        self,
        database: Database,
        *,
        index: VectorIndex,
        embedder: Embedder,
        indexer: Indexer,
        top_k: int,
        candidates: int,
        deadline_s: float,
        clock: Clock,
    ) -> None:
        self._database = database
        self._index = index
        self._embedder = embedder
        self._indexer = indexer
        self._top_k = top_k
        self._candidates = candidates
        self._deadline_s = deadline_s
        self._clock = clock

    async def recall(
        self,
        profile: Profile,
        text: str,
        *,
        shown: ContextTail | None,
        further: Sequence[Profile] = (),
    ) -> Recollection:
        """What is relevant to the text, and not shown to the model anyway. Never raises."""
        if is_small_talk(text):
            return Recollection(memories=())
        try:
            async with asyncio.timeout(self._deadline_s):
                profiles = (profile, *further)
                each = [self._relevant(one, text, shown=shown) for one in profiles]
                best = best_first(profiles, await asyncio.gather(*each))
                found = await self._with_words(best[: SPARE * self._top_k])
                return Recollection(without_echoes(said_once(found))[: self._top_k])
        except (IndexUnavailable, StorageUnavailable, TimeoutError) as error:
            logger.warning("turn without memories", extra={"error": type(error).__name__})
            return Recollection(memories=(), unavailable=True)

    async def _relevant(
        self, profile: Profile, text: str, *, shown: ContextTail | None
    ) -> Sequence[Ranked]:
        ranking = await self.rank(profile, text, shown=shown)
        return relevant(ranking.ranked, ranking.signs)[: SPARE * self._top_k]

    async def search(
        self,
        caller: Caller,
        profile_id: ProfileId,
        text: str,
        *,
        kinds: Sequence[MemoryKind],
        limit: int,
        as_of: datetime | None = None,
    ) -> Sequence[Recalled]:
        """The best matches of a profile, however weak, once the index follows SQL.

        Of what holds, or of what held at a time: what has been superseded since, too, and nothing
        that was said, or began to hold, later. After a large import it goes on without what is not
        indexed within the deadline.

        Args:
            caller: who asks.
            profile_id: of whose memories.
            text: what to look for.
            kinds: only these; () for all.
            limit: at most this many.
            as_of: the time, None for the present.

        Raises:
            ProfileNotFound: absent, or someone else's.
            IndexUnavailable: the index does not answer.
        """
        profile = await self._database.read(
            lambda tx: tx.profiles.get(profile_id, owner=caller.user_id)
        )
        await self._follow(profile.namespace)
        ranking = await self.rank(profile, text, shown=None, as_of=as_of)
        wanted = [one for one in ranking.ranked if not kinds or one.hit.facts.kind in kinds]
        best = [(profile.namespace, one) for one in wanted[: SPARE * limit]]
        return (await self._with_words(best, as_of=as_of))[:limit]

    async def _follow(self, namespace: Namespace) -> None:
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._indexer.catch_up(namespace)
        except TimeoutError:
            logger.info("search goes on before the index has caught up")

    async def rank(
        self,
        profile: Profile,
        text: str,
        *,
        shown: ContextTail | None,
        as_of: datetime | None = None,
    ) -> Ranking:
        """All that the index finds for a text, relevant or not, without its words.

        Raises:
            IndexUnavailable: the index, or the model, does not answer.
        """
        query = describe_query(text, profile_id=profile.id, speakers=profile.speakers)
        vectors = await self._embedder.embed([query.dense_text])
        found = await self._index.search(
            profile.namespace,
            QueryVectors(vectors[0], query.stems),
            limit=self._candidates,
            as_of=as_of,
        )
        now = self._clock()
        hits = [h for h in found.hits if as_of or not h.facts.until or now < h.facts.until]
        ranked = rank(hits, query, shown=shown)
        return Ranking(query, ranked, signs_of(found, ranked, query))

    async def _with_words(
        self, placed: Sequence[Placed], *, as_of: datetime | None = None
    ) -> Sequence[Recalled]:
        """Those that SQL knows as theirs: it has the last word on what exists, and what holds."""
        if not placed:
            return ()
        words = await self._database.read(lambda tx: _words_of_all(tx, placed, as_of=as_of))
        now = self._clock()
        return [
            recalled(row, score=one.score, terms=one.terms)
            for namespace, one in placed
            if (row := words.get((namespace, one.hit.facts.id)))
            and (as_of or isinstance(row, Message) or not row.is_over(now))
        ]


def _words_of_all(
    tx: Transaction, placed: Sequence[Placed], *, as_of: datetime | None
) -> dict[tuple[Namespace, UUID], Memory | Message]:
    found: dict[tuple[Namespace, UUID], Memory | Message] = {}
    for namespace in dict.fromkeys(namespace for namespace, _ in placed):
        facts = [one.hit.facts for where, one in placed if where == namespace]
        points = [(one.id, one.kind) for one in facts]
        rows = words_of(tx, namespace, points, as_of=as_of)
        found.update({(namespace, point): row for point, row in rows.items()})
    return found


def without_echoes(found: Sequence[Recalled]) -> list[Recalled]:
    """Those that say something new, in their order.

    What the user merely asked before says nothing; without this, asking again finds the question.
    A memory whose every source stands above it says again what is there word for word, so it
    yields its place; not so if it is dated, since "7 May 2023" says more than "yesterday".

    With LoCoMo's observations as memories this raises evidence recall@10 from 80.3 to 81.4 %, and
    the words of the answers that are shown from 76.7 to 77.4 %. Messages that yielded to memories
    would raise the first further and lower the second: a memory says less than its message.
    """
    kept: list[Recalled] = []
    shown: set[MessageId] = set()
    for one in found:
        if one.speaker == Role.USER and only_asks(one.content):
            continue
        sources = one.source_message_ids
        if one.memory and not one.memory.valid_from and sources and shown.issuperset(sources):
            continue
        kept.append(one)
        if one.kind is MemoryKind.EPISODE:
            shown.update(sources)
    return kept


def words_of(
    tx: Transaction,
    namespace: Namespace,
    points: Sequence[tuple[UUID, MemoryKind]],
    *,
    as_of: datetime | None = None,
) -> dict[UUID, Memory | Message]:
    """The rows of those points that exist, may be recalled, and are of this namespace.

    Without `as_of` only active memories may, with it whatever held then.
    """
    rows = recallable(tx, namespace.user_id, points, as_of=as_of)
    return {point: row for point, row in rows.items() if row.profile_id == namespace.profile_id}


def recallable(
    tx: Transaction,
    owner: UserId,
    points: Sequence[tuple[UUID, MemoryKind]],
    *,
    as_of: datetime | None = None,
) -> dict[UUID, Memory | Message]:
    """The rows of those points that exist, may be recalled, and are the owner's."""
    episodes = [MessageId(p) for p, kind in points if kind is MemoryKind.EPISODE]
    memories = [MemoryId(p) for p, kind in points if kind is not MemoryKind.EPISODE]
    found: dict[UUID, Memory | Message] = {
        message.id: message
        for message in tx.messages.by_ids(episodes, owner=owner)
        if message.searchable and (as_of is None or message.created_at <= as_of)
    }
    found.update((memory.id, memory) for memory in _memories(tx, owner, memories, as_of=as_of))
    return found


def _memories(
    tx: Transaction, owner: UserId, ids: Sequence[MemoryId], *, as_of: datetime | None
) -> Sequence[Memory]:
    if as_of is not None:
        return tx.memories.held_at(as_of, ids, owner=owner)
    known = tx.memories.by_ids(ids, owner=owner)
    return [memory for memory in known if memory.status is MemoryStatus.ACTIVE]


def recalled(row: Memory | Message, *, score: float, terms: Mapping[str, float]) -> Recalled:
    """A row as search found it."""
    match row:
        case Memory():
            return Recalled(
                id=row.id,
                profile_id=row.profile_id,
                kind=row.kind,
                content=row.content,
                speaker=None,
                score=score,
                terms=terms,
                said_at=row.valid_from or row.said_at,
                source_message_ids=row.source_message_ids,
                memory=row,
            )
        case Message():
            return Recalled(
                id=MemoryId(row.id),
                profile_id=row.profile_id,
                kind=MemoryKind.EPISODE,
                content=row.content,
                speaker=row.name or row.role,
                score=score,
                terms=terms,
                said_at=row.created_at,
                source_message_ids=(row.id,),
            )
