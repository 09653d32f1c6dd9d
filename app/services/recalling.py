"""Reading memories: for a turn, and for those who search."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.errors import IndexUnavailable, StorageUnavailable
from app.models.actor import OneUser
from app.models.clock import Clock
from app.models.ids import ProfileId
from app.models.memory import MemoryKind, Recalled
from app.models.namespace import Namespace
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.database import Database
from app.ports.embedder import Embedder
from app.ports.vector_index import QueryVectors, VectorIndex
from app.services.circuit import Circuit
from app.services.found_words import with_words
from app.services.giving import Giving
from app.services.indexing import Indexer
from app.services.recall import ContextTail, Ranked, rank
from app.services.recall_query import RecallQuery, describe_query
from app.services.recall_several import Placed, best_first, said_once
from app.services.relevance import Signs, relevant, signs_of
from app.services.small_talk import is_small_talk
from app.services.tuning import DEFAULT_TUNING, Tuning
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
        tuning: Tuning = DEFAULT_TUNING,
        circuit: Circuit | None = None,
    ) -> None:
        """`circuit`: stops turns from waiting for an index that does not answer anybody."""
        self._database = database
        self._index = index
        self._embedder = embedder
        self._indexer = indexer
        self._top_k = top_k
        self._candidates = candidates
        self._deadline_s = deadline_s
        self._tuning = tuning
        self._clock = clock
        self._circuit = circuit or Circuit()

    async def recall(
        self,
        profile: Profile,
        text: str,
        *,
        by: OneUser,
        shown: ContextTail | None,
        further: Sequence[Profile] = (),
    ) -> Recollection:
        """What is relevant to the text, and not shown to the model anyway. Never raises."""
        is_searching = not is_small_talk(text)
        if is_searching and not self._circuit.lets_through():
            return Recollection(memories=(), unavailable=True)
        try:
            async with asyncio.timeout(self._deadline_s):
                profiles = (profile, *further)
                best = await self._best(profiles, text, shown=shown) if is_searching else []
                is_searching = False
                return Recollection(await self._given(profiles, best, by=by, shown=shown))
        except (IndexUnavailable, StorageUnavailable, TimeoutError) as error:
            if is_searching:
                self._circuit.failed(profile.user_id)
            logger.warning("turn without memories", extra={"error": type(error).__name__})
            return Recollection(memories=(), unavailable=True)

    async def _best(
        self, profiles: Sequence[Profile], text: str, *, shown: ContextTail | None
    ) -> Sequence[Placed]:
        """The circuit is closed again once all profiles have been searched."""
        each = await asyncio.gather(*(self._relevant(one, text, shown=shown) for one in profiles))
        self._circuit.succeeded()
        return best_first(profiles, each)[: SPARE * self._top_k]

    async def _relevant(
        self, profile: Profile, text: str, *, shown: ContextTail | None
    ) -> Sequence[Ranked]:
        ranking = await self.rank(profile, text, shown=shown)
        kept = relevant(ranking.ranked, ranking.signs, weights=self._tuning.relevance)
        return kept[: SPARE * self._top_k]

    async def _given(
        self,
        profiles: Sequence[Profile],
        best: Sequence[Placed],
        *,
        by: OneUser,
        shown: ContextTail | None,
    ) -> Sequence[Recalled]:
        if not best and not self._tuning.places.by_layer:
            return ()
        now = self._clock()
        namespaces = [one.namespace for one in profiles]
        giving = Giving(self._tuning, top_k=self._top_k, shown=shown, at=now)
        return await self._database.read(
            lambda tx: giving.of(tx, namespaces, said_once(with_words(tx, best, now=now))), by=by
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
            lambda tx: tx.profiles.get(profile_id, owner=caller.user_id), by=caller
        )
        await self._follow(profile.namespace)
        ranking = await self.rank(profile, text, shown=None, as_of=as_of)
        wanted = [one for one in ranking.ranked if not kinds or one.hit.facts.kind in kinds]
        best = [(profile.namespace, one) for one in wanted[: SPARE * limit]]
        now = self._clock()
        found = await self._database.read(
            lambda tx: with_words(tx, best, now=now, as_of=as_of), by=caller
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
