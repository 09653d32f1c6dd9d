"""Comparing what was extracted with what is known: adding, merging, superseding."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import uuid4

from app.models.ids import JobId, MemoryId, MessageId, TenantId, new_id
from app.models.job import Job
from app.models.memory import Memory, MemoryChange, MemorySource, MemoryStatus
from app.models.message import Message, Role
from app.models.profile import Learning, Profile
from app.ports.database import Transaction
from app.ports.extractor import Extracted
from app.services.paraphrase import says_the_same
from app.services.shown import Shown, require_unchanged

_MAY_BE_ENDED: Final = {MemoryStatus.ACTIVE, MemoryStatus.PENDING}


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What was extracted, and which memories it might repeat in other words."""

    extracted: Extracted
    alike: Sequence[MemoryId] = ()


def remember(
    tx: Transaction, job: Job, *, findings: Sequence[Finding], shown: Shown, at: datetime
) -> Learnt:
    """What was changed: nothing when the job was taken away, or learning turned off, meanwhile.

    Args:
        tx: the transaction to do it in; the job is done at its end.
        job: under its lease.
        findings: in the order in which it was said.
        shown: what they were found in.
        at: the present.

    Raises:
        ShownChanged: nothing may be written, and the job is not done.
    """
    if not tx.jobs.finish(job.id, token=job.lease_token or uuid4(), at=at):
        return Learnt()
    statements = sum(not one.extracted.ends for one in findings)
    profile = tx.profiles.get(job.profile_id, owner=job.user_id)
    if profile.learning is Learning.OFF:
        tx.jobs.count_dropped(job.id, statements)
        return Learnt()
    require_unchanged(tx, shown, owner=job.user_id)
    wanted = {source for one in findings for source in one.extracted.source_message_ids}
    sources = {m.id: m for m in tx.messages.by_ids(wanted, owner=job.user_id) if m.learnable}
    scribe = _Scribe(tx, job, profile, sources=sources, at=at)
    for one in findings:
        if sources.keys() >= set(one.extracted.source_message_ids):
            scribe.write(one)
    tx.jobs.count_dropped(job.id, statements - len(scribe.learnt.saved))
    return scribe.learnt


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
    if later:
        return [end(tx, memory, by=later[0], when=later[0].said_at, author=author)]
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
    tx.index_changes.mark(
        memory.namespace, [memory.id], tenant_id=author.tenant_id, is_episode=False
    )
    return memory.id


class _Scribe:
    """Writes down one finding after the other."""

    def __init__(
        self,
        tx: Transaction,
        job: Job,
        profile: Profile,
        *,
        sources: Mapping[MessageId, Message],
        at: datetime,
    ) -> None:
        self._tx = tx
        self._job = job
        self._profile = profile
        self._sources = sources
        self._author = Author(job.tenant_id, job.id, at)
        self.learnt = Learnt()

    def write(self, finding: Finding) -> None:
        """It is known: by a new memory, by another source of an old one, or by the end of one."""
        one = finding.extracted
        said_at = min(self._sources[source].created_at for source in one.source_message_ids)
        if one.ends:
            self._end(finding, said_at=said_at)
        elif known := self._known(finding, said_at=said_at):
            self._tx.memories.add_sources(known.id, one.source_message_ids)
        else:
            self._add(one, said_at=said_at)

    def _add(self, one: Extracted, *, said_at: datetime) -> None:
        memory = _memory(
            one, self._job, self._learning_of(one), said_at=said_at, at=self._author.at
        )
        self._tx.memories.add(memory, tenant_id=self._job.tenant_id)
        self._tx.index_changes.mark(
            memory.namespace, [memory.id], tenant_id=self._job.tenant_id, is_episode=False
        )
        self.learnt.saved.append(memory.id)
        if memory.status is MemoryStatus.ACTIVE:
            self.learnt.superseded.extend(
                make_room(self._tx, memory, replaces=one.replaces, author=self._author)
            )

    def _end(self, finding: Finding, *, said_at: datetime) -> None:
        """Nothing ends unseen where memories are reviewed."""
        one = finding.extracted
        if self._learning_of(one) is Learning.ASK:
            return
        claims = self._tx.memories.in_slot(self._profile.id, one.slot) if one.slot else ()
        named = [memory for memory in claims if _names(memory.content, one.names)]
        ended = {memory.id: memory for memory in (*self._same(finding), *named)}
        for memory in ended.values():
            if memory.status in _MAY_BE_ENDED and last_said(self._tx, memory) <= said_at:
                when = end_of(memory, one.valid_from, said_at)
                end(self._tx, memory, by=None, when=when, author=self._author)
                self.learnt.superseded.append(memory.id)

    def _learning_of(self, one: Extracted) -> Learning:
        """As the profile has it, or as it had it when that was said, if memories were reviewed then.

        A user's words that may be learnt from and not be found were said where they are reviewed.
        """
        said = [self._sources[source] for source in one.source_message_ids]
        reviewed = any(m.role is Role.USER and not m.searchable for m in said)
        return Learning.ASK if reviewed else self._profile.learning

    def _known(self, finding: Finding, *, said_at: datetime) -> Memory | None:
        """The memory that says the same, also one that waits for review or was rejected.

        Not one that counts, and held no longer when this was said: that holds again, as another.
        """
        one = finding.extracted
        same = [memory for memory in self._same(finding) if memory.id not in one.replaces]
        return next(
            (m for m in same if _is_of_one_time(m, one) and not _was_over(m, said_at)), None
        )

    def _same(self, finding: Finding) -> Sequence[Memory]:
        """Memories that have not ended and say the same, those in the very same words first."""
        content = finding.extracted.content
        exact = self._tx.memories.with_content(self._profile.id, [content])
        near = self._tx.memories.by_ids(
            {*finding.alike, *self.learnt.saved}, owner=self._job.user_id
        )
        alike = [
            memory
            for memory in near
            if memory.profile_id == self._profile.id and says_the_same(memory.content, content)
        ]
        found = {memory.id: memory for memory in (*exact, *alike)}
        return [one for one in found.values() if one.status is not MemoryStatus.SUPERSEDED]


def _is_of_one_time(memory: Memory, one: Extracted) -> bool:
    """Whether they can be one memory: neither begins at another time than the other."""
    return None in (memory.valid_from, one.valid_from) or memory.valid_from == one.valid_from


def _was_over(memory: Memory, said_at: datetime) -> bool:
    return memory.status is MemoryStatus.ACTIVE and memory.is_over(said_at)


def _names(content: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", content, re.IGNORECASE) is not None


def last_said(tx: Transaction, memory: Memory) -> datetime:
    """When a memory was last confirmed: it may have been said again since it was first said."""
    sources = tx.messages.by_ids(memory.source_message_ids, owner=memory.user_id)
    return max((memory.said_at, *(message.created_at for message in sources)))


def end_of(memory: Memory, since: datetime | None, said_at: datetime) -> datetime:
    """When a memory ceased to hold: as was said, unless it was said to hold after that."""
    return since if since and memory.said_at <= since <= said_at else said_at


def _memory(
    one: Extracted, job: Job, learning: Learning, *, said_at: datetime, at: datetime
) -> Memory:
    reviewed = learning is Learning.ASK
    return Memory(
        id=MemoryId(new_id()),
        user_id=job.user_id,
        profile_id=job.profile_id,
        kind=one.kind,
        content=one.content,
        importance=one.importance,
        confidence=one.confidence,
        status=MemoryStatus.PENDING if reviewed else MemoryStatus.ACTIVE,
        said_at=said_at,
        slot=one.slot,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        replaces=one.replaces if reviewed else (),
        source=MemorySource.LEARNT,
        source_message_ids=one.source_message_ids,
        job_id=job.id,
        created_at=at,
        updated_at=at,
    )
