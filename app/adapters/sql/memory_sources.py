"""Which memories are known from which messages."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.models.ids import MemoryId, MessageId
from app.models.memory import MemoryStatus

_memories = tables.memories
_sources = tables.memory_sources


def sources_of(connection: Connection, ids: Iterable[MemoryId]) -> dict[MemoryId, list[MessageId]]:
    """The messages of each memory, in their order; none for one that was never said."""
    found: dict[MemoryId, list[MessageId]] = {memory_id: [] for memory_id in ids}
    for some in batches(list(found)):
        rows = connection.execute(
            select(_sources.c.memory_id, _sources.c.message_id)
            .where(_sources.c.memory_id.in_(some))
            .order_by(_sources.c.message_id)
        )
        for memory_id, message_id in rows:
            found[memory_id].append(message_id)
    return found


def outcomes_of(
    connection: Connection, messages: Iterable[MessageId]
) -> Sequence[tuple[MessageId, MemoryStatus, str]]:
    """Each message with each memory that came of it: how that stands, and what it says."""
    query = select(_sources.c.message_id, _memories.c.status, _memories.c.content).join(
        _memories, _memories.c.id == _sources.c.memory_id
    )
    return [
        (MessageId(row.message_id), MemoryStatus(row.status), row.content)
        for some in batches(messages)
        for row in connection.execute(query.where(_sources.c.message_id.in_(some)))
    ]
