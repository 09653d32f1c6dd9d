"""What ceases to hold when something else does: what was said last holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.models.ids import JobId, MemoryId, TenantId
from app.models.memory import REMEMBERED, Memory, MemoryChange, MemoryStatus
from app.ports.database import Transaction
from app.services.memory_rows import mark_memory


@dataclass(frozen=True, slots=True)
class Author:
    """On whose behalf memories change, and when."""

    tenant_id: TenantId
    job_id: JobId | None
    """The job that learnt so, None when a person decided it."""
    at: datetime


def make_room(
    tx: Transaction, memory: Memory, *, replaces: Sequence[MemoryId], author: Author
) -> Sequence[MemoryId]:
    """The memories that ceased to hold as this one took its place: what was said last holds.

    Args:
        tx: the transaction to do it in.
        memory: active, and written; when its slot is claimed by what was said later, it is the one
            that ceases to hold.
        replaces: of the same profile; whatever their slot, they hold no longer.
        author: of the change.
    """
    claims = tx.memories.in_slot(memory.profile_id, memory.slot) if memory.slot else ()
    others = [one for one in claims if one.id != memory.id]
    later = [one for one in others if last_said(tx, one) > memory.said_at]
    if later and memory.slot:
        return _take_place_in_the_past(tx, memory, memory.slot, author=author)
    named = [
        one
        for one in tx.memories.by_ids(replaces, owner=memory.user_id)
        if one.profile_id == memory.profile_id and one.status is MemoryStatus.ACTIVE
    ]
    ended = {one.id: one for one in (*others, *named) if one.id != memory.id}
    return [
        end(tx, one, by=memory, when=end_of(one, memory.valid_from, memory.said_at), author=author)
        for one in ended.values()
    ]


def end(
    tx: Transaction, memory: Memory, *, by: Memory | None, when: datetime, author: Author
) -> MemoryId:
    """The id of the memory, which holds no longer.

    Args:
        tx: the transaction to do it in.
        memory: active, or waiting for review.
        by: what holds instead, None when nothing is known to.
        when: since when, unless it was said to hold no longer before that.
        author: of the change.
    """
    until = min(when, memory.valid_until) if memory.valid_until else when
    tx.memories.update(
        memory.id,
        owner=memory.user_id,
        changes={
            "status": MemoryStatus.SUPERSEDED,
            "valid_until": until,
            "superseded_by": by.id if by else None,
        },
        change=MemoryChange.SUPERSEDED,
        job_id=author.job_id,
        at=author.at,
    )
    mark_memory(tx, memory, tenant_id=author.tenant_id)
    return memory.id


def restore(tx: Transaction, memory: Memory, *, author: Author) -> Memory:
    """The memory, which holds again; its end is forgotten."""
    mark_memory(tx, memory, tenant_id=author.tenant_id)
    return tx.memories.update(
        memory.id,
        owner=memory.user_id,
        changes={"status": MemoryStatus.ACTIVE, "valid_until": None, "superseded_by": None},
        change=MemoryChange.RESTORED,
        job_id=author.job_id,
        at=author.at,
    )


def _take_place_in_the_past(
    tx: Transaction, memory: Memory, slot: str, *, author: Author
) -> Sequence[MemoryId]:
    """The memory held until what was said next, and what had been said before it until then."""
    chain = [
        one
        for one in tx.memories.in_slot(memory.profile_id, slot, among=REMEMBERED)
        if one.id != memory.id
    ]
    heir = next(one for one in chain if last_said(tx, one) > memory.said_at)
    when = end_of(memory, heir.valid_from, max(heir.said_at, memory.said_at))
    ended = [end(tx, memory, by=heir, when=when, author=author)]
    for one in chain:
        is_before = one.said_at <= memory.said_at and one.status is MemoryStatus.SUPERSEDED
        if is_before and one.valid_until and one.valid_until > memory.said_at:
            when = end_of(one, memory.valid_from, memory.said_at)
            ended.append(end(tx, one, by=memory, when=when, author=author))
    return ended


def last_said(tx: Transaction, memory: Memory) -> datetime:
    """When a memory was last confirmed: it may have been said again since it was first said."""
    sources = tx.messages.by_ids(memory.source_message_ids, owner=memory.user_id)
    return max((memory.said_at, *(message.created_at for message in sources)))


def end_of(memory: Memory, since: datetime | None, said_at: datetime) -> datetime:
    """When a memory ceased to hold: as was said, unless it was said to hold after that."""
    return since if since and memory.said_at <= since <= said_at else said_at
