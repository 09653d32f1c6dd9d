"""Which memories are like a text: what is compared with it, before anything is written."""

import logging
from collections.abc import Sequence
from typing import Final

from app.core.errors import IndexUnavailable, StorageUnavailable
from app.models.ids import MemoryId
from app.models.memory import NO_MEMORIES
from app.models.namespace import Namespace
from app.ports.embedder import Embedder
from app.ports.vector_index import QueryVectors, VectorIndex
from app.services.indexing import Indexer
from app.services.lexicon import query_vector

logger = logging.getLogger(__name__)

TWIN_COSINE: Final = 0.85
"""Of the pairs in `tests/unit/twin_sentences.py` that say the same, the least alike has 0.87. Pairs
that contradict each other reach 0.997, so that the cosine proposes and `says_the_same` decides."""

_CANDIDATES: Final = 40
"""Episodes are near as well, and are passed over."""


class Likeness:
    """Finds the memories of a namespace that are near a text.

    They are a proposal: the index holds no words, and may be behind.
    """

    def __init__(self, *, index: VectorIndex, embedder: Embedder, indexer: Indexer) -> None:
        self._index = index
        self._embedder = embedder
        self._indexer = indexer

    async def nearest(
        self, namespace: Namespace, texts: Sequence[str], *, limit: int, min_cosine: float
    ) -> Sequence[Sequence[MemoryId]]:
        """For each text at most `limit` active memories, nearest first; none without an index."""
        if not texts:
            return ()
        try:
            await self._indexer.catch_up(namespace)
            vectors = await self._embedder.embed(texts)
            return [
                await self._near(
                    namespace,
                    QueryVectors(vector, query_vector(text)),
                    limit=limit,
                    min_cosine=min_cosine,
                )
                for text, vector in zip(texts, vectors, strict=True)
            ]
        except (IndexUnavailable, StorageUnavailable) as error:
            logger.warning("learning without an index", extra={"error": type(error).__name__})
            return [() for _ in texts]

    async def _near(
        self, namespace: Namespace, query: QueryVectors, *, limit: int, min_cosine: float
    ) -> Sequence[MemoryId]:
        found = await self._index.search(namespace, query, limit=_CANDIDATES)
        near = sorted(
            (
                hit
                for hit in found.hits
                if hit.facts.kind not in NO_MEMORIES and hit.cosine >= min_cosine
            ),
            key=lambda hit: -hit.cosine,
        )
        return [MemoryId(hit.facts.id) for hit in near[:limit]]
