"""From what a Qdrant answered, embedded or not, to what a search found."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.ports.vector_index import Found, Hit, PointFacts, QueryVectors, SparseVector


class Scored(Protocol):
    """A point that came back for a question."""

    @property
    def score(self) -> float:
        """How well it fits."""
        ...


Point = TypeVar("Point", bound=Scored)
Key = TypeVar("Key")


def idf_of(
    words: SparseVector,
    by_stem: Sequence[Sequence[Point]],
    *,
    points: int,
    weight: Callable[[Point, int], float],
) -> NDArray[np.float64]:
    """The IDF of each stem: its best point's score over its weights there and in the question.

    Args:
        words: of the question.
        by_stem: the best point by each stem alone; nothing for one that no point has.
        points: how many count for rarity.
        weight: of a stem in a point that came back for it.
    """
    stems = zip(words.indices.tolist(), words.values.tolist(), by_stem, strict=True)
    return np.array(
        [
            best[0].score / (in_question * weight(best[0], stem)) if best else unseen(points)
            for stem, in_question, best in stems
        ]
    )


def unseen(points: int) -> float:
    """The IDF of a stem that none of so many points has."""
    return float(np.log1p((points + 0.5) / 0.5))


def found(
    query: QueryVectors,
    facts: Mapping[Key, PointFacts],
    *,
    cosines: Mapping[Key, float],
    lexical: Mapping[Key, float],
    idf: NDArray[np.float64],
    points: int,
    as_of: datetime | None,
) -> Found:
    """The hits that held then, each with both of its scores; best cosine first."""
    whole = float(query.sparse.values @ idf)
    hits = [_hit(one, cosines[key], lexical.get(key, 0.0), whole) for key, one in facts.items()]
    held = [hit for hit in hits if as_of is None or hit.facts.held_at(as_of)]
    held.sort(key=lambda hit: -hit.cosine)
    return Found(held, idf / unseen(points), points)


def _hit(facts: PointFacts, cosine: float, lexical: float, whole: float) -> Hit:
    return Hit(facts, cosine, lexical, lexical / whole if whole else 0.0)
