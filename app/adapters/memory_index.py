from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.models.namespace import Namespace
from app.ports.vector_index import Found, Hit, Point, QueryVectors, SparseVector

Scores = NDArray[np.float64]


class NumpyIndex:
    """An exact index in this process's memory: for tests, and as the measure of the others.

    Every search looks at every point of its namespace. Nothing survives the process.
    """

    erases_bytes: Final = True

    def __init__(self) -> None:
        self._points: dict[Namespace, dict[UUID, Point]] = {}
        self._tables: dict[Namespace, _Table] = {}
        """Of the present points."""

    async def upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        """The number of points that replace one of other words; the next search finds all."""
        if not points:
            return 0
        self._tables.pop(namespace, None)
        there = self._points.setdefault(namespace, {})
        new = {point.facts.id: point for point in points}
        replaced = sum(not _say_the_same(there[one], new[one]) for one in there.keys() & new.keys())
        there.update(new)
        return replaced

    async def delete(self, namespace: Namespace, ids: Iterable[UUID]) -> int:
        """The number of points that were there and are gone."""
        points = self._points.get(namespace, {})
        gone = [points.pop(point_id) for point_id in ids if point_id in points]
        self._tables.pop(namespace, None)
        return len(gone)

    async def delete_namespace(self, namespace: Namespace) -> int:
        """The number of points that were there; the namespace is empty afterwards."""
        self._tables.pop(namespace, None)
        return len(self._points.pop(namespace, {}))

    async def search(
        self,
        namespace: Namespace,
        query: QueryVectors,
        *,
        limit: int,
        as_of: datetime | None = None,
    ) -> Found:
        """The `limit` best of each half, united, each scored by both; best cosine first."""
        table = self._table(namespace, with_past=as_of is not None)
        if limit <= 0 or table is None:
            return Found([], np.ones(len(query.sparse.indices)), 0)
        return table.search(query, limit, as_of=as_of)

    async def ids(self, namespace: Namespace) -> set[UUID]:
        """The ids of all points of a namespace."""
        return set(self._points.get(namespace, ()))

    async def count(self) -> int:
        """How many points there are, of all namespaces."""
        return sum(map(len, self._points.values()))

    async def holds_exactly(self, namespace: Namespace, ids: Collection[UUID]) -> bool:
        """Whether the points of a namespace are these and no others."""
        return self._points.get(namespace, {}).keys() == set(ids)

    async def check(self) -> None:
        """Nothing: memory always answers."""

    async def flush(self) -> None:
        """Nothing: there is no disk."""

    async def clear(self) -> None:
        """The index is empty, for every namespace."""
        self._points.clear()
        self._tables.clear()

    async def wipe(self) -> None:
        """Nothing: a point that was deleted is nowhere."""

    async def close(self) -> None:
        """The points are let go."""
        await self.clear()

    def _table(self, namespace: Namespace, *, with_past: bool) -> "_Table | None":
        """The points that count, None without any. That of the present is kept."""
        if namespace in self._tables and not with_past:
            return self._tables[namespace]
        points = self._points.get(namespace, {}).values()
        counted = [point for point in points if with_past or not point.facts.is_past]
        if not counted:
            return None
        table = _Table.of(counted)
        if not with_past:
            self._tables[namespace] = table
        return table


@dataclass(frozen=True, slots=True)
class _Table:
    """The points of one namespace as arrays; the words as (stem, row, weight) triples."""

    points: list[Point]
    dense: NDArray[np.float32]
    stems: NDArray[np.uint32]
    rows: NDArray[np.intp]
    weights: NDArray[np.float32] = field(repr=False)

    @classmethod
    def of(cls, points: list[Point]) -> "_Table":
        sparse = [point.sparse for point in points]
        return cls(
            points=points,
            dense=np.stack([point.dense for point in points]),
            stems=np.concatenate([words.indices for words in sparse]),
            rows=np.repeat(np.arange(len(points)), [len(words.indices) for words in sparse]),
            weights=np.concatenate([words.values for words in sparse]),
        )

    def search(self, query: QueryVectors, limit: int, *, as_of: datetime | None = None) -> Found:
        cosine = self.dense @ query.dense
        idf = self._idf(query.sparse)
        lexical = self._bm25(query.sparse, idf)
        whole = float(query.sparse.values @ idf)
        share = lexical / whole if whole else lexical
        held = self._held_at(as_of)
        by_words = np.argsort(-lexical, kind="stable")
        by_words = by_words[held[by_words]][:limit]
        by_words = by_words[lexical[by_words] > 0]
        by_vector = np.argsort(-cosine, kind="stable")
        by_vector = by_vector[held[by_vector]]
        found = set(by_vector[:limit].tolist()) | set(by_words.tolist())
        hits = [
            Hit(self.points[row].facts, float(cosine[row]), float(lexical[row]), float(share[row]))
            for row in by_vector.tolist()
            if row in found
        ]
        return Found(hits, idf / np.log1p((len(self.points) + 0.5) / 0.5), len(self.points))

    def _held_at(self, moment: datetime | None) -> NDArray[np.bool_]:
        if moment is None:
            return np.ones(len(self.points), np.bool_)
        return np.array([point.facts.held_at(moment) for point in self.points], np.bool_)

    def _idf(self, words: SparseVector) -> Scores:
        """The namespace's own, by stem: ln(1 + (N - n + 0.5) / (n + 0.5))."""
        having = np.array([np.count_nonzero(self.stems == stem) for stem in words.indices])
        idf: Scores = np.log1p((len(self.points) - having + 0.5) / (having + 0.5))
        return idf

    def _bm25(self, words: SparseVector, idf: Scores) -> Scores:
        scores = np.zeros(len(self.points))
        for stem, weight in zip(words.indices, words.values * idf, strict=True):
            having = self.stems == stem
            scores[self.rows[having]] += weight * self.weights[having]
        return scores


def _say_the_same(one: Point, other: Point) -> bool:
    return (
        np.array_equal(one.dense, other.dense)
        and np.array_equal(one.sparse.indices, other.sparse.indices)
        and np.array_equal(one.sparse.values, other.sparse.values)
    )
