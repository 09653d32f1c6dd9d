"""Reading memories: for a turn, and for those who search."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from app.core.errors import IndexUnavailable, StorageUnavailable
from app.models.clock import Clock
from app.models.ids import MemoryId, MessageId, ProfileId
from app.models.memory import Memory, MemoryKind, MemoryStatus, Recalled
from app.models.message import Message
from app.models.namespace import Namespace
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.ports.embedder import Embedder
from app.ports.vector_index import QueryVectors, VectorIndex
from app.services.giving import Giving
from app.services.indexing import Indexer
from app.services.recall import ContextTail, Ranked, rank
from app.services.recall_query import RecallQuery, describe_query
from app.services.relevance import Signs, relevant, signs_of
from app.services.small_talk import is_small_talk
from app.services.tuning import DEFAULT_TUNING, Tuning

logger = logging.getLogger(__name__)

SPARE: Final = 2
"""So many times the wanted memories are looked up, since some may yield their place."""


@dataclass(frozen=True, slots=True)
class Recollection:
    """What a turn was given to remember by."""

    memories: Sequence[Recalled]
    """Best first; none when nothing is relevant."""
    unavailable: bool = False
    """Whether memory could not be read, so that the turn goes on without."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """All that a search found for a text, and what speaks for its relevance."""

    query: RecallQuery
    ranked: Sequence[Ranked]
    """Best first, each with its score by term."""
    signs: Signs


class TurnMemory(Protocol):
    """The part of memory that a turn reads."""

    async def recall(
        self, profile: Profile, text: str, *, shown: ContextTail | None
    ) -> Recollection:
        """What is relevant to the text, and not shown to the model anyway. Never raises."""
        ...


class BlankMemory:
    """Remembers nothing: what a turn reads when its policy forbids recall."""

    async def recall(
        self, profile: Profile, text: str, *, shown: ContextTail | None
    ) -> Recollection:
        """Nothing."""
        return Recollection(memories=())


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
        tuning: Tuning = DEFAULT_TUNING,
    ) -> None:
        self._database = database
        self._index = index
        self._embedder = embedder
        self._indexer = indexer
        self._top_k = top_k
        self._candidates = candidates
        self._deadline_s = deadline_s
        self._tuning = tuning
        self._clock = clock

    async def recall(
        self, profile: Profile, text: str, *, shown: ContextTail | None
    ) -> Recollection:
        """What is relevant to the text, and not shown to the model anyway. Never raises."""
        try:
            async with asyncio.timeout(self._deadline_s):
                best = [] if is_small_talk(text) else await self._best(profile, text, shown=shown)
                return Recollection(await self._given(profile.namespace, best, shown=shown))
        except (IndexUnavailable, StorageUnavailable, TimeoutError) as error:
            logger.warning("turn without memories", extra={"error": type(error).__name__})
            return Recollection(memories=(), unavailable=True)

    async def _best(
        self, profile: Profile, text: str, *, shown: ContextTail | None
    ) -> Sequence[Ranked]:
        ranking = await self.rank(profile, text, shown=shown)
        kept = relevant(ranking.ranked, ranking.signs, weights=self._tuning.relevance)
        return kept[: SPARE * self._top_k]

    async def _given(
        self, namespace: Namespace, best: Sequence[Ranked], *, shown: ContextTail | None
    ) -> Sequence[Recalled]:
        if not best and not self._tuning.places.by_layer:
            return ()
        now = self._clock()
        giving = Giving(self._tuning, top_k=self._top_k, shown=shown, at=now)
        return await self._database.read(
            lambda tx: giving.of(tx, [namespace], _with_words(tx, namespace, best, now=now))
        )

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
        best, now = wanted[: SPARE * limit], self._clock()
        found = await self._database.read(
            lambda tx: _with_words(tx, profile.namespace, best, now=now, as_of=as_of)
        )
        return found[:limit]

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
        ranked = rank(hits, query, shown=shown, weights=self._tuning.weights)
        return Ranking(query, ranked, signs_of(found, ranked, query))


def _with_words(
    tx: Transaction,
    namespace: Namespace,
    ranked: Sequence[Ranked],
    *,
    now: datetime,
    as_of: datetime | None = None,
) -> Sequence[Recalled]:
    """Those that SQL knows as theirs: it has the last word on what exists, and what holds."""
    points = [(one.hit.facts.id, one.hit.facts.kind) for one in ranked]
    words = words_of(tx, namespace, points, as_of=as_of)
    return [
        recalled(row, score=one.score, terms=one.terms)
        for one in ranked
        if (row := words.get(one.hit.facts.id))
        and (as_of or isinstance(row, Message) or not row.is_over(now))
    ]


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
    episodes = [MessageId(p) for p, kind in points if kind is MemoryKind.EPISODE]
    memories = [MemoryId(p) for p, kind in points if kind is not MemoryKind.EPISODE]
    found: dict[UUID, Memory | Message] = {
        message.id: message
        for message in tx.messages.by_ids(episodes, owner=namespace.user_id)
        if message.searchable and message.profile_id == namespace.profile_id
        if as_of is None or message.created_at <= as_of
    }
    found.update(
        (memory.id, memory)
        for memory in _memories(tx, namespace, memories, as_of=as_of)
        if memory.namespace == namespace
    )
    return found


def _memories(
    tx: Transaction, namespace: Namespace, ids: Sequence[MemoryId], *, as_of: datetime | None
) -> Sequence[Memory]:
    if as_of is not None:
        return tx.memories.held_at(as_of, ids, owner=namespace.user_id)
    known = tx.memories.by_ids(ids, owner=namespace.user_id)
    return [memory for memory in known if memory.status is MemoryStatus.ACTIVE]


def recalled(row: Memory | Message, *, score: float, terms: Mapping[str, float]) -> Recalled:
    """A row as search found it."""
    match row:
        case Memory():
            return Recalled(
                id=row.id,
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
                kind=MemoryKind.EPISODE,
                content=row.content,
                speaker=row.name or row.role,
                score=score,
                terms=terms,
                said_at=row.created_at,
                source_message_ids=(row.id,),
            )


def used_by(tx: Transaction, message: Message) -> Sequence[Recalled]:
    """The memories that an answer was given, as far as they still exist, with their words."""
    points = [(use.id, use.kind) for use in message.memories_used]
    words = words_of(tx, Namespace(message.user_id, message.profile_id), points)
    return [
        recalled(words[use.id], score=use.score, terms=use.terms)
        for use in message.memories_used
        if use.id in words
    ]
