"""What a point looks like inside Qdrant Edge: two vectors, a namespace and numbers; no words."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from uuid import UUID

import qdrant_edge as edge

from app.models.memory import MemoryKind
from app.models.namespace import Namespace
from app.ports.vector_index import Point, PointFacts, SparseVector

StoredId = int | UUID | str
"""What the engine takes for an id, and says an id is; those of this index are numbers."""

DENSE: Final = "dense"
WORDS: Final = "words"
NAMESPACE: Final = "namespace"
FACTS: Final = "facts"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def inside(namespace: Namespace) -> edge.FieldCondition:
    """Holds for the points of one namespace."""
    return edge.FieldCondition(key=NAMESPACE, match=edge.MatchValue(str(namespace)))


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
    payload = {NAMESPACE: str(namespace), FACTS: _packed(point.facts)}
    return edge.Point(stored_id(namespace, point.facts.id), vectors, payload)


def stored_words(vector: SparseVector) -> edge.SparseVector:
    """Sparse weights in the engine's type."""
    return edge.SparseVector(vector.indices.tolist(), vector.values.tolist())


def facts_of(record: edge.Record) -> PointFacts:
    """The facts of a stored point that was read with its payload."""
    payload = record.payload or {}
    point_id, kind, session_id, position, said_at_us, speaker, flags = payload[FACTS].split()
    session = int(session_id, 16)
    return PointFacts(
        id=UUID(int=int(point_id, 16)),
        kind=MemoryKind(kind),
        session_id=UUID(int=session) if session else None,
        position=int(position),
        said_at=_EPOCH + timedelta(microseconds=int(said_at_us)),
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
        (facts.said_at - _EPOCH) // timedelta(microseconds=1),
        facts.speaker,
        "-" + "u" * facts.from_user + "?" * facts.asks,
    )
    return " ".join(map(str, fields))
