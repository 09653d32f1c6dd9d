"""Which memories are known from which messages."""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import Connection, String, cast, insert, select

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.words import MEMORY
from app.models.ids import MemoryId, MessageId, ProfileId
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
    connection: Connection, messages: Iterable[MessageId], *, cipher: Cipher
) -> Sequence[tuple[MessageId, MemoryStatus, str]]:
    """Each message with each memory that came of it: how that stands, and what it says."""
    query = select(
        _sources.c.message_id,
        _memories.c.id,
        _memories.c.user_id,
        _memories.c.status,
        _memories.c.content,
        _memories.c.sealed_content,
    ).join(_memories, _memories.c.id == _sources.c.memory_id)
    return [
        (
            MessageId(row.message_id),
            MemoryStatus(row.status),
            cipher.show(MEMORY, row).content,
        )
        for some in batches(messages)
        for row in connection.execute(query.where(_sources.c.message_id.in_(some)))
    ]


def add_sources(connection: Connection, memory_id: MemoryId, messages: Iterable[MessageId]) -> None:
    """The memory is known from these messages as well."""
    known = set(
        connection.execute(
            select(_sources.c.message_id).where(_sources.c.memory_id == memory_id)
        ).scalars()
    )
    new = [message_id for message_id in dict.fromkeys(messages) if message_id not in known]
    if not new:
        return
    owner = connection.execute(
        select(_memories.c.tenant_id, _memories.c.user_id).where(_memories.c.id == memory_id)
    ).one()
    connection.execute(
        insert(_sources),
        [
            {
                "memory_id": memory_id,
                "message_id": message_id,
                "tenant_id": owner.tenant_id,
                "user_id": owner.user_id,
            }
            for message_id in new
        ],
    )


def resting_on(
    connection: Connection, ids: Iterable[UUID], *, profiles: Iterable[ProfileId]
) -> Collection[MemoryId]:
    """The profiles' memories that came from one of these messages, or repeat such a memory."""
    wanted = set(ids)
    touched: set[MemoryId] = set()
    for some in batches(wanted):
        touched.update(
            connection.execute(
                select(_sources.c.memory_id).where(_sources.c.message_id.in_(some))
            ).scalars()
        )
    names = {str(one) for one in wanted}
    repeating = select(_memories.c.id, _memories.c.repeats).where(
        _memories.c.memory_profile_id.in_(list(profiles)),
        cast(_memories.c.repeats, String) != "[]",
    )
    touched.update(
        row.id for row in connection.execute(repeating) if not names.isdisjoint(row.repeats)
    )
    return touched
