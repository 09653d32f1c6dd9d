"""What a point looks like on a Qdrant server: as on the embedded engine, in the client's types."""

from collections.abc import Mapping
from datetime import datetime

from qdrant_client import models

from app.adapters.qdrant_points import (
    DENSE,
    NAMESPACE,
    SAID_AT,
    UNTIL,
    WORDS,
    is_as_near,
    microseconds,
    past_of,
    payload_of,
    stored_id,
)
from app.models.namespace import Namespace
from app.ports.vector_index import Point, SparseVector


def inside(namespace: Namespace, *, with_past: bool) -> models.FieldCondition:
    """Holds for the present points of one namespace, or for all of them."""
    tenants = [str(namespace), past_of(namespace)] if with_past else [str(namespace)]
    return models.FieldCondition(key=NAMESPACE, match=models.MatchAny(any=tenants))


def not_held_at(moment: datetime) -> list[models.Condition]:
    """Each holds only for points that did not hold at a moment, but not for all of those.

    Servers compare as floats, which meet from the year 2255 on: look at the facts as well.
    """
    at_us = float(microseconds(moment))
    return [
        models.FieldCondition(key=SAID_AT, range=models.Range(gt=at_us)),
        models.FieldCondition(key=UNTIL, range=models.Range(lt=at_us)),
    ]


def stored_point(namespace: Namespace, point: Point) -> models.PointStruct:
    """A point as it is stored."""
    return models.PointStruct(
        id=stored_id(namespace, point.facts.id),
        vector={DENSE: point.dense.tolist(), WORDS: stored_words(point.sparse)},
        payload=payload_of(namespace, point.facts),
    )


def stored_words(vector: SparseVector) -> models.SparseVector:
    """Sparse weights in the client's type."""
    return models.SparseVector(indices=vector.indices.tolist(), values=vector.values.tolist())


def says_the_same(stored: models.Record, point: models.PointStruct) -> bool:
    """Whether a point has the stored one's words, and its vector but for being stored shorter."""
    old, new = stored.vector, point.vector
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return _weights(old) == _weights(new) and is_as_near(_numbers(old), _numbers(new))


def _weights(vectors: Mapping[str, object]) -> dict[int, float]:
    words = vectors.get(WORDS)
    if not isinstance(words, models.SparseVector):
        return {}
    return {
        stem: round(weight, 5) for stem, weight in zip(words.indices, words.values, strict=True)
    }


def _numbers(vectors: Mapping[str, object]) -> list[float]:
    dense = vectors[DENSE]
    if not isinstance(dense, list):
        raise TypeError("A dense vector is a list of numbers")
    return dense
