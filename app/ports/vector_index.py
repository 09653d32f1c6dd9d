from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.models.memory import MemoryKind
from app.models.namespace import Namespace


@dataclass(frozen=True, slots=True, eq=False)
class SparseVector:
    """Weights of hashed word stems: `indices` uint32, distinct; `values` float32, as long."""

    indices: NDArray[np.uint32]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointFacts:
    """What a point says besides its vectors: numbers and ids, never words or names."""

    id: UUID
    kind: MemoryKind
    session_id: UUID | None
    """The session of an episode, the document of a chunk; None for a memory."""
    position: int
    """The place in there, from 1; 0 for a memory."""
    said_at: datetime
    """When an episode was said, a memory began to hold, or a document was brought."""
    until: datetime | None = None
    """When a memory ceased, or will cease, to hold; None when nobody knows."""
    is_past: bool = False
    """Whether something else holds instead: found only by who asks for that time."""
    speaker: int
    """A keyed hash of who said it, 0 for nobody. Not reversible to a name without the key."""
    from_user: bool
    asks: bool
    """Whether it is a question."""

    def held_at(self, moment: datetime) -> bool:
        """Whether it had been said, or had begun to hold, and had not ceased to."""
        return self.said_at <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """One memory or episode as the index stores it."""

    facts: PointFacts
    dense: NDArray[np.float32]
    sparse: SparseVector


@dataclass(frozen=True, slots=True, eq=False)
class QueryVectors:
    """A text to search by: `dense` [dims], L2-normalised; `sparse` one weight per query stem."""

    dense: NDArray[np.float32]
    sparse: SparseVector


@dataclass(frozen=True, slots=True)
class Hit:
    """A point that a search found, with both of its raw scores."""

    facts: PointFacts
    cosine: float
    """-1 … 1, to two digits at least: an index may store vectors shorter than they came."""
    lexical: float
    """BM25, 0 when no stem is shared. Comparable within one search only."""
    lexical_share: float
    """`lexical` over what a point would score that has every stem of the question at weight 1,
    those that occur nowhere included: 0 … about 1.5, comparable between searches."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What one search found, and how rare the words were that it was asked for."""

    hits: Sequence[Hit]
    rarity: NDArray[np.float64]
    """For each stem of the question its IDF, as a share of what a stem has that no point has:
    1 for such a stem, near 0 for one that most points have."""
    points: int
    """About how many points the namespace has, of those that count for rarity."""


class VectorIndex(Protocol):
    """A derived index over memories: rebuildable, and never holding their words."""

    async def upsert(self, namespace: Namespace, points: Sequence[Point]) -> int:
        """The number of points that replace one of the same id and of other words or vectors.

        The next search finds all of them.

        Raises:
            IndexUnavailable: nothing is promised about any of the points; do it again.
        """
        ...

    async def delete(self, namespace: Namespace, ids: Iterable[UUID]) -> int:
        """The number of points, past ones too, that were there and are gone.

        Unknown ids are passed over.

        Raises:
            IndexUnavailable: do it again.
        """
        ...

    async def delete_namespace(self, namespace: Namespace) -> int:
        """The number of points that were there; the namespace is empty afterwards.

        Raises:
            IndexUnavailable: do it again.
        """
        ...

    async def search(
        self,
        namespace: Namespace,
        query: QueryVectors,
        *,
        limit: int,
        as_of: datetime | None = None,
    ) -> Found:
        """The `limit` nearest by vector and the `limit` best by words, united, each scored by both.

        Best cosine first. Points of the past neither come back nor count for the rarity of a word,
        unless `as_of` is given: then both kinds do, and those come back for which
        `said_at <= as_of < until`, where no `until` is never reached.

        Args:
            namespace: never a wildcard; nobody else's points come back.
            query: both halves; a sparse half without stems searches by vector alone.
            limit: of each half; 0 returns none and makes no call.
            as_of: the time asked for; None for the present, whatever `said_at` and `until` say.

        Raises:
            IndexUnavailable: no answer within the deadline. The caller goes on without memories.
        """
        ...

    async def ids(self, namespace: Namespace) -> set[UUID]:
        """The ids of all points of a namespace, of the past as well.

        Raises:
            IndexUnavailable: no answer.
        """
        ...

    async def count(self) -> int:
        """How many points there are, of all namespaces, of the past as well.

        Raises:
            IndexUnavailable: no answer.
        """
        ...

    async def holds_exactly(self, namespace: Namespace, ids: Collection[UUID]) -> bool:
        """Whether the points of a namespace are these and no others; much cheaper than `ids`.

        Raises:
            IndexUnavailable: no answer.
        """
        ...

    async def check(self) -> None:
        """Returns when the index answers.

        Raises:
            IndexUnavailable: it does not.
        """
        ...

    async def flush(self) -> None:
        """What was written survives a loss of power.

        Raises:
            IndexUnavailable: nothing is promised.
        """
        ...

    async def clear(self) -> None:
        """The index is empty, for every namespace.

        Raises:
            IndexUnavailable: do it again.
        """
        ...

    @property
    def erases_bytes(self) -> bool:
        """Whether a wipe takes away bytes, and not points only: not where files are a server's own."""
        ...

    async def wipe(self) -> None:
        """Nothing is left, where points are stored, of what was deleted or replaced before.

        Where others manage the files, at least nothing can ask for it any more: each adapter says
        what is left. Searches and changes go on meanwhile. It may take a second per 10,000 points.

        Raises:
            IndexUnavailable: it may all be there still; do it again.
        """
        ...

    async def close(self) -> None:
        """Flushed, and files, threads and connections are let go."""
        ...
