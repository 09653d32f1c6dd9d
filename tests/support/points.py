"""Points made from texts, without a model: like texts get unlike vectors, equal texts equal ones."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from app.models.ids import ProfileId, UserId
from app.models.memory import MemoryKind
from app.models.namespace import Namespace
from app.ports.vector_index import Hit, Point, PointFacts, QueryVectors
from app.services.lexicon import document_vector, query_vector

DIMS = 16
SOME_DAY = datetime(2023, 5, 8, 13, 56, tzinfo=UTC)


def a_namespace() -> Namespace:
    """A namespace that nobody else has."""
    return Namespace(UserId(uuid4()), ProfileId(uuid4()))


def a_vector(text: str) -> NDArray[np.float32]:
    """A unit vector that is a function of the text."""
    values = np.random.default_rng(crc32(text.encode())).standard_normal(DIMS)
    return (values / np.linalg.norm(values)).astype(np.float32)


def some_facts(
    *,
    point_id: UUID | None = None,
    kind: MemoryKind = MemoryKind.EPISODE,
    session_id: UUID | None = None,
    position: int = 0,
    days_later: int = 0,
    until: datetime | None = None,
    is_past: bool = False,
    speaker: int = 0,
    from_user: bool = True,
    asks: bool = False,
) -> PointFacts:
    """Facts of a point, with an id of its own."""
    return PointFacts(
        id=point_id or uuid4(),
        kind=kind,
        session_id=session_id,
        position=position,
        said_at=SOME_DAY + timedelta(days=days_later),
        until=until,
        is_past=is_past,
        speaker=speaker,
        from_user=from_user,
        asks=asks,
    )


def a_point(text: str, facts: PointFacts | None = None) -> Point:
    """A point as the text would be indexed."""
    return Point(facts=facts or some_facts(), dense=a_vector(text), sparse=document_vector(text))


def rounded(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without the last digits, which may depend on what is computed together."""
    return [
        replace(
            hit,
            cosine=round(hit.cosine, 5),
            lexical=round(hit.lexical, 5),
            lexical_share=round(hit.lexical_share, 5),
        )
        for hit in hits
    ]


def a_query(text: str) -> QueryVectors:
    """The text as a search."""
    return QueryVectors(dense=a_vector(text), sparse=query_vector(text))
