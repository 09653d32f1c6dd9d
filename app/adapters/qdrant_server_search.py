"""One search of a Qdrant server, with both scores of every hit, in two round trips."""

import asyncio
from collections.abc import Sequence, Set
from datetime import datetime

from qdrant_client import AsyncQdrantClient, models

from app.adapters.qdrant_points import DENSE, FACTS, WORDS, facts_in
from app.adapters.qdrant_scoring import found, idf_of
from app.adapters.qdrant_server_points import inside, not_held_at, stored_words
from app.models.namespace import Namespace
from app.ports.vector_index import Found, QueryVectors, SparseVector

Answers = Sequence[Sequence[models.ScoredPoint]]


async def search_collection(
    client: AsyncQdrantClient,
    collection: str,
    namespace: Namespace,
    query: QueryVectors,
    *,
    limit: int,
    as_of: datetime | None = None,
) -> Found:
    """The `limit` best of each half, united, each scored by both; best cosine first.

    A first batch finds both halves, a second the missing score of each hit by its id. Of another
    time, IDF is that of all the namespace's points, present and past.
    """
    ask = _Requests(namespace, query, as_of=as_of)
    answers, count = await asyncio.gather(
        _answers(client, collection, ask.first(limit)),
        client.count(collection, count_filter=ask.corpus, exact=True),
    )
    nearest, worded, *by_stem = answers if len(query.sparse.indices) else [*answers, []]
    facts = {point.id: facts_in(point.payload) for point in (*nearest, *worded)}
    cosines, lexical = _scores(nearest), _scores(worded)
    second = ask.second(
        dense=lexical.keys() - cosines.keys(), words=cosines.keys() - lexical.keys()
    )
    missing = await _answers(client, collection, list(second.values())) if second else []
    for half, points in zip(second, missing, strict=True):
        (cosines if half == DENSE else lexical).update(_scores(points))
    return found(
        query,
        {one: facts[one] for one in cosines},
        cosines=cosines,
        lexical=lexical,
        idf=idf_of(query.sparse, by_stem, points=count.count, weight=_weight),
        points=count.count,
        as_of=as_of,
    )


class _Requests:
    """The requests of one search, all within one namespace and with its IDF."""

    def __init__(
        self, namespace: Namespace, query: QueryVectors, *, as_of: datetime | None
    ) -> None:
        self._query = query
        self._inside = inside(namespace, with_past=as_of is not None)
        outside = None if as_of is None else not_held_at(as_of)
        self.corpus = models.Filter(must=[self._inside])
        self._scope = models.Filter(must=[self._inside], must_not=outside)
        self._params = models.SearchParams(idf=models.IdfCorpusParams(corpus=self.corpus))

    def first(self, limit: int) -> list[models.QueryRequest]:
        """The nearest by cosine, the best by BM25, and for each stem the best point by it alone.

        Without stems, the nearest alone.
        """
        words = self._query.sparse
        if not len(words.indices):
            return [self._dense(self._scope, limit)]
        return [
            self._dense(self._scope, limit),
            self._words(words, self._scope, limit),
            *(
                self._words(
                    SparseVector(words.indices[one:][:1], words.values[one:][:1]),
                    self.corpus,
                    1,
                    with_weights=True,
                )
                for one in range(len(words.indices))
            ),
        ]

    def second(
        self, *, dense: Set[models.ExtendedPointId], words: Set[models.ExtendedPointId]
    ) -> dict[str, models.QueryRequest]:
        """What is still to be asked of points that the other half found, by half."""
        requests = {}
        if dense:
            requests[DENSE] = self._dense(self._among(dense), len(dense))
        if words and len(self._query.sparse.indices):
            requests[WORDS] = self._words(self._query.sparse, self._among(words), len(words))
        return requests

    def _dense(self, scope: models.Filter, limit: int) -> models.QueryRequest:
        return models.QueryRequest(
            query=self._query.dense.tolist(),
            using=DENSE,
            filter=scope,
            limit=limit,
            with_payload=[FACTS],
        )

    def _words(
        self, words: SparseVector, scope: models.Filter, limit: int, *, with_weights: bool = False
    ) -> models.QueryRequest:
        return models.QueryRequest(
            query=stored_words(words),
            using=WORDS,
            filter=scope,
            params=self._params,
            limit=limit,
            with_payload=[FACTS],
            with_vector=[WORDS] if with_weights else False,
        )

    def _among(self, only: Set[models.ExtendedPointId]) -> models.Filter:
        return models.Filter(must=[self._inside, models.HasIdCondition(has_id=list(only))])


async def _answers(
    client: AsyncQdrantClient, collection: str, requests: Sequence[models.QueryRequest]
) -> Answers:
    responses = await client.query_batch_points(collection, requests)
    return [response.points for response in responses]


def _scores(points: Sequence[models.ScoredPoint]) -> dict[models.ExtendedPointId, float]:
    return {point.id: point.score for point in points}


def _weight(point: models.ScoredPoint, stem: int) -> float:
    """The weight of a stem in a point that came back for it."""
    vectors = point.vector
    words = vectors[WORDS] if isinstance(vectors, dict) else None
    if not isinstance(words, models.SparseVector):
        raise TypeError("The server returned a point without the words it was asked for")
    return words.values[words.indices.index(stem)]
