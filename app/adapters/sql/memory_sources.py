from collections.abc import Iterable

from sqlalchemy import Connection, select

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.models.ids import MemoryId, MessageId

_sources = tables.memory_sources


def sources_of(connection: Connection, ids: Iterable[MemoryId]) -> dict[MemoryId, list[MessageId]]:
    """For each of the memories the messages that it is known from, the oldest first."""
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
