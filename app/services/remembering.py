"""Comparing what was extracted with what is known: adding, merging, superseding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from app.models.ids import JobId, MemoryId, MessageId, TenantId, new_id
from app.models.job import Job
from app.models.memory import Memory, MemoryChange, MemorySource, MemoryStatus
from app.models.message import Message
from app.models.profile import Learning, Profile
from app.ports.database import Transaction
from app.ports.extractor import Extracted


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a job changed."""

    saved: list[MemoryId] = field(default_factory=list)
    superseded: list[MemoryId] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Author:
    """On whose behalf memories change, and when."""

    tenant_id: TenantId
    job_id: JobId | None
    """The job that learnt so, None when a person decided it."""
    at: datetime


def remember(
    tx: Transaction, job: Job, profile: Profile, *, extracted: Sequence[Extracted], at: datetime
) -> Learnt:
    """What was changed: nothing when the job, or the sources, were taken away meanwhile.

    Args:
        tx: the transaction to do it in; the job is done at its end.
        job: under its lease.
        profile: as it was when the job began.
        extracted: in the order in which it was said.
        at: the present.
    """
    learnt = Learnt()
    if not tx.jobs.finish(job.id, token=job.lease_token or uuid4(), at=at):
        return learnt
    wanted = {message_id for one in extracted for message_id in one.source_message_ids}
    sources = {m.id: m for m in tx.messages.by_ids(wanted, owner=job.user_id) if m.learnable}
    for one in extracted:
        if sources.keys() >= set(one.source_message_ids):
            _write(tx, job, profile, one, sources=sources, at=at, learnt=learnt)
    tx.jobs.count_dropped(job.id, len(extracted) - len(learnt.saved))
    return learnt


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
    later = [one for one in claims if one.said_at > memory.said_at]
    if later:
        return [end(tx, memory, by=later[0], when=later[0].said_at, author=author)]
    named = [
        one
        for one in tx.memories.by_ids(replaces, owner=memory.user_id)
        if one.profile_id == memory.profile_id and one.status is MemoryStatus.ACTIVE
    ]
    ended = {one.id: one for one in (*claims, *named) if one.id != memory.id}
    return [end(tx, one, by=memory, when=memory.said_at, author=author) for one in ended.values()]


def end(
    tx: Transaction, memory: Memory, *, by: Memory | None, when: datetime, author: Author
) -> MemoryId:
    """The id of the memory, which holds no longer.

    Args:
        tx: the transaction to do it in.
        memory: active.
        by: what holds instead, None when nothing is known to.
        when: since when.
        author: of the change.
    """
    tx.memories.update(
        memory.id,
        owner=memory.user_id,
        changes={
            "status": MemoryStatus.SUPERSEDED,
            "valid_until": when,
            "superseded_by": by.id if by else None,
        },
        change=MemoryChange.SUPERSEDED,
        job_id=author.job_id,
        at=author.at,
    )
    tx.index_changes.mark(
        memory.namespace, [memory.id], tenant_id=author.tenant_id, is_episode=False
    )
    return memory.id


def _write(
    tx: Transaction,
    job: Job,
    profile: Profile,
    one: Extracted,
    *,
    sources: Mapping[MessageId, Message],
    at: datetime,
    learnt: Learnt,
) -> None:
    """One thing is known: as a new memory, or by further sources of one that says the same."""
    author = Author(job.tenant_id, job.id, at)
    said_at = min(sources[source].created_at for source in one.source_message_ids)
    known = [
        memory
        for memory in tx.memories.with_content(profile.id, [one.content])
        if memory.status is not MemoryStatus.SUPERSEDED
    ]
    if one.ends:
        learnt.superseded.extend(
            end(tx, memory, by=None, when=said_at, author=author)
            for memory in known
            if memory.status is MemoryStatus.ACTIVE and memory.said_at <= said_at
        )
        return
    if known:
        tx.memories.add_sources(known[0].id, one.source_message_ids)
        return
    memory = _memory(one, job, profile.learning, said_at=said_at, at=at)
    tx.memories.add(memory, tenant_id=job.tenant_id)
    tx.index_changes.mark(memory.namespace, [memory.id], tenant_id=job.tenant_id, is_episode=False)
    learnt.saved.append(memory.id)
    if memory.status is MemoryStatus.ACTIVE:
        learnt.superseded.extend(make_room(tx, memory, replaces=one.replaces, author=author))


def _memory(
    one: Extracted, job: Job, learning: Learning, *, said_at: datetime, at: datetime
) -> Memory:
    return Memory(
        id=MemoryId(new_id()),
        user_id=job.user_id,
        profile_id=job.profile_id,
        kind=one.kind,
        content=one.content,
        importance=one.importance,
        confidence=one.confidence,
        status=MemoryStatus.PENDING if learning is Learning.ASK else MemoryStatus.ACTIVE,
        said_at=said_at,
        slot=one.slot,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        source=MemorySource.LEARNT,
        source_message_ids=one.source_message_ids,
        job_id=job.id,
        created_at=at,
        updated_at=at,
    )
