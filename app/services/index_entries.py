"""What the database says should be in the index."""

from collections.abc import Sequence
from uuid import UUID

from app.models.ids import ChunkId, MemoryId, MessageId
from app.models.memory import REMEMBERED
from app.models.namespace import Namespace
from app.ports.database import Transaction
from app.services.points import IndexEntry, chunk_entry, episode_entry, memory_entry


def wanted_points(tx: Transaction, namespace: Namespace) -> list[tuple[UUID, bool]]:
    """Every point that a profile should have, and whether it is an episode."""
    memories = [
        memory_id
        for status in REMEMBERED
        for memory_id in tx.memories.ids_of_profile(
            namespace.profile_id, owner=namespace.user_id, status=status
        )
    ]
    chunks = tx.documents.chunk_ids_of_profile(namespace.profile_id, owner=namespace.user_id)
    episodes = tx.messages.episode_ids(namespace.profile_id)
    return [
        *((point, False) for point in (*memories, *chunks)),
        *((point, True) for point in episodes),
    ]


def entries_of(
    tx: Transaction, namespace: Namespace, points: Sequence[tuple[UUID, bool]]
) -> list[IndexEntry]:
    """Those of the points that belong in the index, as their rows are now."""
    owner = namespace.user_id
    memories = tx.memories.by_ids(
        (MemoryId(p) for p, episode in points if not episode), owner=owner
    )
    messages = tx.messages.by_ids((MessageId(p) for p, episode in points if episode), owner=owner)
    others = {point for point, episode in points if not episode} - {one.id for one in memories}
    chunks = tx.documents.chunks_by_ids(map(ChunkId, others), owner=owner)
    return [
        *(chunk_entry(chunk) for chunk in chunks if chunk.profile_id == namespace.profile_id),
        *(
            memory_entry(memory)
            for memory in memories
            if memory.namespace == namespace and memory.status in REMEMBERED
        ),
        *(
            episode_entry(message)
            for message in messages
            if message.profile_id == namespace.profile_id and message.searchable
        ),
    ]
