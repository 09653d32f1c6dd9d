"""What a point looks like inside Qdrant Edge: two vectors, a namespace and numbers; no words."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import qdrant_edge as edge

from app.adapters.qdrant_points import (
    DENSE,
    NAMESPACE,
    SAID_AT,
    UNTIL,
    WORDS,
    facts_in,
    is_as_near,
    microseconds,
    past_of,
    payload_of,
    stored_id,
)
from app.models.namespace import Namespace
from app.ports.vector_index import Point, PointFacts, SparseVector

StoredId = int | UUID | str
"""What the engine takes for an id, and says an id is; those of this index are numbers."""

Condition = (
    edge.FieldCondition
    | edge.IsEmptyCondition
    | edge.IsNullCondition
    | edge.HasIdCondition
    | edge.HasVectorCondition
    | edge.NestedCondition
    | edge.Filter
)
"""What the engine takes as a part of a filter."""


def inside(namespace: Namespace) -> edge.FieldCondition:
    """Holds for the present points of one namespace."""
    return edge.FieldCondition(key=NAMESPACE, match=edge.MatchValue(str(namespace)))


def inside_past(namespace: Namespace) -> edge.FieldCondition:
    """Holds for the past points of one namespace."""
    return edge.FieldCondition(key=NAMESPACE, match=edge.MatchValue(past_of(namespace)))


def inside_with_past(namespace: Namespace) -> edge.FieldCondition:
    """Holds for all points of one namespace."""
    both = [str(namespace), past_of(namespace)]
    return edge.FieldCondition(key=NAMESPACE, match=edge.MatchAny(both))


def not_held_at(moment: datetime) -> list[Condition]:
    """Each holds only for points that did not hold at a moment, but not for all of those.

    Not for points that were stored before they said when they hold, nor at the very end of what
    held: the engine compares as floats, which meet from the year 2255 on. So look at the facts of
    what is found as well.
    """
    at_us = float(microseconds(moment))
    return [
        edge.FieldCondition(key=SAID_AT, range=edge.RangeFloat(gt=at_us)),
        edge.FieldCondition(key=UNTIL, range=edge.RangeFloat(lt=at_us)),
    ]


def stored_point(namespace: Namespace, point: Point) -> edge.Point:
    """A point as it is stored."""
    vectors: dict[str, edge.NamedVector] = {
        DENSE: point.dense.tolist(),
        WORDS: stored_words(point.sparse),
    }
    payload = payload_of(namespace, point.facts)
    return edge.Point(stored_id(namespace, point.facts.id), vectors, payload)


def stored_words(vector: SparseVector) -> edge.SparseVector:
    """Sparse weights in the engine's type."""
    return edge.SparseVector(vector.indices.tolist(), vector.values.tolist())


def says_the_same(stored: edge.Record, point: edge.Point) -> bool:
    """Whether a point has the stored one's words, and its vector but for being stored shorter."""
    old, new = stored.vector, point.vector
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return _weights(old) == _weights(new) and is_as_near(old[DENSE], new[DENSE])


def _weights(vectors: Mapping[str, object]) -> dict[int, float]:
    words = vectors.get(WORDS)
    if not isinstance(words, edge.SparseVector):
        return {}
    return dict(zip(words.indices, words.values, strict=True))


def facts_of(record: edge.Record) -> PointFacts:
    """The facts of a stored point that was read with its payload."""
    return facts_in(record.payload)
