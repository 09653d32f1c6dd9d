"""What a point looks like inside Qdrant Edge: two vectors, a namespace and numbers; no words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

import numpy as np
import qdrant_edge as edge

from app.models.memory import MemoryKind
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

DENSE: Final = "dense"
WORDS: Final = "words"
NAMESPACE: Final = "namespace"
FACTS: Final = "facts"
SAID_AT: Final = "said_at"
UNTIL: Final = "until"

_SHORTER_BY: Final = 0.1
"""By how much, in shares of a unit vector's usual number, one that is stored may differ: a byte per
dimension costs 0.04 at most, and another mark at the end of a sentence makes 0.8 (measured)."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def inside(namespace: Namespace) -> edge.FieldCondition:
    """Holds for the present points of one namespace."""
    return edge.FieldCondition(key=NAMESPACE, match=edge.MatchValue(str(namespace)))


def inside_past(namespace: Namespace) -> edge.FieldCondition:
    """Holds for the past points of one namespace."""
    return edge.FieldCondition(key=NAMESPACE, match=edge.MatchValue(_past_of(namespace)))


def inside_with_past(namespace: Namespace) -> edge.FieldCondition:
    """Holds for all points of one namespace."""
    both = [str(namespace), _past_of(namespace)]
    return edge.FieldCondition(key=NAMESPACE, match=edge.MatchAny(both))


def not_held_at(moment: datetime) -> list[Condition]:
    """Each holds only for points that did not hold at a moment, but not for all of those.

    Not for points that were stored before they said when they hold, nor at the very end of what
    held: the engine compares as floats, which meet from the year 2255 on. So look at the facts of
    what is found as well.
    """
    at_us = float(_microseconds(moment))
    return [
        edge.FieldCondition(key=SAID_AT, range=edge.RangeFloat(gt=at_us)),
        edge.FieldCondition(key=UNTIL, range=edge.RangeFloat(lt=at_us)),
    ]


def _past_of(namespace: Namespace) -> str:
    """Where past points stand: a tenant of its own, so that searches of the present cost the same."""
    return f"{namespace}:past"


def stored_id(namespace: Namespace, point_id: UUID) -> int:
    """The engine's id of a point: another one in each namespace.

    64 bits, because the engine makes UUIDs of Python for every hit of a search otherwise. Among a
    million points, two would meet with a chance of 3 in 100 million.
    """
    key = namespace.user_id.bytes + namespace.profile_id.bytes
    return int.from_bytes(blake2b(point_id.bytes, key=key, digest_size=8).digest())


def stored_point(namespace: Namespace, point: Point) -> edge.Point:
    """A point as it is stored."""
    vectors: dict[str, edge.NamedVector] = {
        DENSE: point.dense.tolist(),
        WORDS: stored_words(point.sparse),
    }
    facts = point.facts
    payload: dict[str, str | int] = {
        NAMESPACE: _past_of(namespace) if facts.is_past else str(namespace),
        FACTS: _packed(facts),
        SAID_AT: _microseconds(facts.said_at),
    }
    if facts.until is not None:
        payload[UNTIL] = _microseconds(facts.until)
    return edge.Point(stored_id(namespace, facts.id), vectors, payload)


def stored_words(vector: SparseVector) -> edge.SparseVector:
    """Sparse weights in the engine's type."""
    return edge.SparseVector(vector.indices.tolist(), vector.values.tolist())


def says_the_same(stored: edge.Record, point: edge.Point) -> bool:
    """Whether a point has the stored one's words, and its vector but for being stored shorter."""
    old, new = stored.vector, point.vector
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    off = np.abs(np.asarray(old[DENSE]) - np.asarray(new[DENSE]))
    return _weights(old) == _weights(new) and bool(off.max() < _SHORTER_BY / off.size**0.5)


def _weights(vectors: Mapping[str, object]) -> dict[int, float]:
    words = vectors.get(WORDS)
    if not isinstance(words, edge.SparseVector):
        return {}
    return dict(zip(words.indices, words.values, strict=True))


def facts_of(record: edge.Record) -> PointFacts:
    """The facts of a stored point that was read with its payload."""
    payload = record.payload or {}
    fields = payload[FACTS].split()
    point_id, kind, session_id, position, said_at_us, speaker, flags = fields[:7]
    until_us = fields[7:]  # none when nobody knows, nor in what was stored before it was asked for
    session = int(session_id, 16)
    return PointFacts(
        id=UUID(int=int(point_id, 16)),
        kind=MemoryKind(kind),
        session_id=UUID(int=session) if session else None,
        position=int(position),
        said_at=_moment(said_at_us),
        until=_moment(until_us[0]) if until_us else None,
        is_past="p" in flags,
        speaker=int(speaker),
        from_user="u" in flags,
        asks="?" in flags,
    )


def _packed(facts: PointFacts) -> str:
    """The facts as one string: to read nine fields of 200 hits would take 0.24 ms longer."""
    fields = (
        facts.id.hex,
        facts.kind,
        facts.session_id.hex if facts.session_id else "0",
        facts.position,
        _microseconds(facts.said_at),
        facts.speaker,
        "-" + "u" * facts.from_user + "?" * facts.asks + "p" * facts.is_past,
        "" if facts.until is None else _microseconds(facts.until),
    )
    return " ".join(map(str, fields)).rstrip()


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(microseconds))
