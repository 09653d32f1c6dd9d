"""What a shard is asked: one search, with both scores of every hit, and which points are there."""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime

import qdrant_edge as edge

from app.adapters.qdrant_edge_points import (
    StoredId,
    facts_of,
    inside,
    inside_past,
    inside_with_past,
    not_held_at,
    says_the_same,
    stored_words,
)
from app.adapters.qdrant_points import DENSE, FACTS, WORDS
from app.adapters.qdrant_scoring import found, idf_of
from app.models.namespace import Namespace
from app.ports.vector_index import Found, QueryVectors


def search_shard(
    shard: edge.EdgeShard,
    namespace: Namespace,
    query: QueryVectors,
    *,
    limit: int,
    as_of: datetime | None = None,
) -> Found:
    """The `limit` best of each half, united, best cosine first; about 2 ms at 10,000 points.

    One batch finds both halves; a second asks for the missing score of each hit by its id.
    """
    ask = _Requests(namespace, query, as_of=as_of)
    nearest, worded, *by_stem = _answers(
        shard, [ask.dense(limit), ask.words(limit), *ask.each_stem()]
    )
    cosines, lexical = _scores(nearest), _scores(worded)
    more_cosines, more_lexical = _answers(
        shard,
        [
            ask.dense(limit, only=lexical.keys() - cosines.keys()),
            ask.words(limit, only=cosines.keys() - lexical.keys()),
        ],
    )
    cosines |= _scores(more_cosines)
    lexical |= _scores(more_lexical)
    tenants = [inside(namespace)] if as_of is None else [inside(namespace), inside_past(namespace)]
    points = sum(_count(shard, tenant) for tenant in tenants)
    idf = idf_of(query.sparse, by_stem, points=points, weight=_weight)
    records = shard.retrieve(list(cosines), with_payload=[FACTS], with_vector=False)
    return found(
        query,
        {record.id: facts_of(record) for record in records},
        cosines=cosines,
        lexical=lexical,
        idf=idf,
        points=points,
        as_of=as_of,
    )


def those_there(shard: edge.EdgeShard, keys: Sequence[StoredId]) -> list[StoredId]:
    """Those of the ids that have a point."""
    records = shard.retrieve(list(keys), with_payload=False, with_vector=False)
    return [record.id for record in records]


def count_others(shard: edge.EdgeShard, points: Sequence[edge.Point]) -> int:
    """How many of the points are there already, with other words or another vector."""
    there = those_there(shard, [point.id for point in points])
    if not there:
        return 0
    new = {point.id: point for point in points}
    records = shard.retrieve(there, with_payload=False, with_vector=True)
    return sum(not says_the_same(record, new[record.id]) for record in records)


class _Requests:
    """The requests of one search, all within one namespace and with its IDF.

    Of another time it costs about 5 times as much, since the engine reads when each point held;
    its IDF is that of all the namespace's points, present and past, because to count what held then
    would double that.
    """

    def __init__(
        self, namespace: Namespace, query: QueryVectors, *, as_of: datetime | None
    ) -> None:
        self._query = query
        self._inside = inside(namespace) if as_of is None else inside_with_past(namespace)
        self._outside = None if as_of is None else not_held_at(as_of)
        self._corpus = edge.Filter(must=[self._inside])
        self._scope = edge.Filter(must=[self._inside], must_not=self._outside)
        self._exact = edge.SearchParams(exact=True)
        self._params = edge.SearchParams(exact=True, idf=edge.IdfParams(corpus=self._corpus))

    def dense(self, limit: int, *, only: Set[StoredId] | None = None) -> edge.QueryRequest:
        """The nearest by cosine; among some points, if given."""
        nearest = edge.Query.Nearest(self._query.dense.tolist(), using=DENSE)
        scope = self._among(only)
        return edge.QueryRequest(limit=limit, query=nearest, filter=scope, params=self._exact)

    def words(self, limit: int, *, only: Set[StoredId] | None = None) -> edge.QueryRequest:
        """The best by BM25; among some points, if given."""
        best = edge.Query.Nearest(stored_words(self._query.sparse), using=WORDS)
        scope = self._among(only)
        return edge.QueryRequest(limit=limit, query=best, filter=scope, params=self._params)

    def each_stem(self) -> Iterator[edge.QueryRequest]:
        """For each stem of the question, the best point by it alone, with its weights."""
        words = self._query.sparse
        for stem, weight in zip(words.indices.tolist(), words.values.tolist(), strict=True):
            best = edge.Query.Nearest(edge.SparseVector([stem], [weight]), using=WORDS)
            yield edge.QueryRequest(
                limit=1, query=best, filter=self._corpus, params=self._params, with_vector=[WORDS]
            )

    def _among(self, only: Set[StoredId] | None) -> edge.Filter:
        if only is None:
            return self._scope
        return edge.Filter(must=[self._inside, edge.HasIdCondition(set(only))])


def _answers(
    shard: edge.EdgeShard, requests: Sequence[edge.QueryRequest]
) -> list[list[edge.ScoredPoint]]:
    return shard.query_batch(edge.QueryBatchRequest(list(requests)))


def _scores(points: Sequence[edge.ScoredPoint]) -> dict[StoredId, float]:
    return {point.id: point.score for point in points}


def _count(shard: edge.EdgeShard, tenant: edge.FieldCondition) -> int:
    """The number of points, as the tenant index estimates it; an exact count takes 0.9 ms."""
    return shard.count(edge.CountRequest(exact=False, filter=edge.Filter(must=[tenant])))


def _weight(point: edge.ScoredPoint, stem: int) -> float:
    """The weight of a stem in a point that came back for it."""
    vectors = point.vector
    words = vectors[WORDS] if isinstance(vectors, dict) else None
    if not isinstance(words, edge.SparseVector):
        raise TypeError("The engine returned a point without the words it was asked for")
    return words.values[words.indices.index(stem)]
