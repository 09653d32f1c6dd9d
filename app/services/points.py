"""Rows to points: what the index is told of a memory or of a message."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.models.document import Chunk
from app.models.memory import Memory, MemoryKind, MemoryStatus
from app.models.message import Message, Role
from app.ports.embedder import Vectors
from app.ports.vector_index import Point, PointFacts
from app.services.lexicon import document_vector
from app.services.recall_query import asks, dense_text, lexical_text, speaker_hash


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What a point is made of. The texts are turned into vectors and dropped."""

    facts: PointFacts
    dense_text: str
    lexical_text: str


def memory_entry(memory: Memory) -> IndexEntry:
    """A distilled memory; it happened, or began to hold, at `valid_from`, else when it was said."""
    said_at = memory.valid_from or memory.said_at
    facts = PointFacts(
        id=memory.id,
        kind=memory.kind,
        session_id=None,
        position=0,
        said_at=said_at,
        until=memory.valid_until,
        is_past=memory.status is MemoryStatus.SUPERSEDED,
        speaker=0,
        from_user=True,
        asks=False,
    )
    words = lexical_text(memory.content, speaker=None, said_at=said_at)
    return IndexEntry(facts, memory.content, words)


def episode_entry(message: Message) -> IndexEntry:
    """A message, under its speaker's name when it has one."""
    facts = PointFacts(
        id=message.id,
        kind=MemoryKind.EPISODE,
        session_id=message.session_id,
        position=message.seq,
        said_at=message.created_at,
        speaker=speaker_hash(message.name, profile_id=message.profile_id) if message.name else 0,
        from_user=message.role is Role.USER,
        asks=asks(message.content),
    )
    return IndexEntry(
        facts,
        dense_text(message.content, speaker=message.name),
        lexical_text(message.content, speaker=message.name, said_at=message.created_at),
    )


def chunk_entry(chunk: Chunk) -> IndexEntry:
    """A chunk, under its document's title; the document is to it what a session is to a message."""
    facts = PointFacts(
        id=chunk.id,
        kind=MemoryKind.DOCUMENT,
        session_id=chunk.document_id,
        position=chunk.position,
        said_at=chunk.created_at,
        speaker=0,
        from_user=True,
        asks=False,
    )
    return IndexEntry(facts, chunk.content, f"{chunk.title}: {chunk.content}")


def points_of(entries: Sequence[IndexEntry], vectors: Vectors) -> list[Point]:
    """The entries as points, each with its row of `vectors`."""
    return [
        Point(facts=entry.facts, dense=vector, sparse=document_vector(entry.lexical_text))
        for entry, vector in zip(entries, vectors, strict=True)
    ]
