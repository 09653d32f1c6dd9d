"""Comparing what was extracted with what is known: adding, merging, superseding."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from app.models.ids import MemoryId, MessageId, new_id
from app.models.job import Job
from app.models.memory import Memory, MemorySource, MemoryStatus
from app.models.message import Message, Role
from app.models.profile import Learning, Profile
from app.ports.database import Transaction
from app.ports.extractor import Extracted
from app.services.forgetting_on_request import is_asked_for, let_go
from app.services.memory_rows import add_memory
from app.services.paraphrase import says_the_same
from app.services.provenance import provenance
from app.services.repeating import stands_on
from app.services.shown import Shown, require_unchanged
from app.services.superseding import Author, end, end_of, last_said, make_room

_MAY_BE_ENDED: Final = {MemoryStatus.ACTIVE, MemoryStatus.PENDING}


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a job changed."""

    saved: list[MemoryId] = field(default_factory=list)
    superseded: list[MemoryId] = field(default_factory=list)
    over_quota: list[Extracted] = field(default_factory=list)
    """What there was no room for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was extracted, and which memories it might repeat in other words."""

    extracted: Extracted
    alike: Sequence[MemoryId] = ()


def remember(
    tx: Transaction,
    job: Job,
    *,
    findings: Sequence[Finding],
    shown: Shown,
    room: int | None = None,
    at: datetime,
) -> Learnt:
    """What was changed: nothing when the job was taken away, or learning turned off, meanwhile.

    Args:
        tx: the transaction to do it in; the job is done at its end.
        job: under its lease.
        findings: in the order in which it was said.
        shown: what they were found in.
        room: how many new memories there is room for; None for as many as there are.
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
    scribe = _Scribe(tx, job, profile, sources=sources, shown=shown, room=room, at=at)
    for one in findings:
        if sources.keys() >= set(one.extracted.source_message_ids):
            scribe.write(one)
    if profile.learning is not Learning.ASK:
        scribe.let_go()
    learnt = scribe.learnt
    tx.jobs.count_dropped(job.id, statements - len(learnt.saved), over_quota=len(learnt.over_quota))
    return learnt


class _Scribe:
    """Writes down one finding after the other."""

    def __init__(
        self,
        tx: Transaction,
        job: Job,
        profile: Profile,
        *,
        sources: Mapping[MessageId, Message],
        shown: Shown,
        room: int | None,
        at: datetime,
    ) -> None:
        self._tx = tx
        self._job = job
        self._profile = profile
        self._sources = sources
        self._shown = shown
        self._room = room
        self._author = Author(job.tenant_id, job.id, at)
        self._unwanted: list[Memory] = []
        self.learnt = Learnt()

    def write(self, finding: Finding) -> None:
        """It is known: by a new memory, by another source of an old one, or by the end of one."""
        one = finding.extracted
        said_at = min(self._sources[source].created_at for source in one.source_message_ids)
        is_wished = is_asked_for(one, self._sources.values())
        if one.ends:
            self._end(finding, said_at=said_at, is_wished=is_wished)
        elif is_wished:
            self._end_replaced(one)
        elif known := self._known(finding, said_at=said_at):
            self._confirm(known, one)
        elif self._room is not None and len(self.learnt.saved) >= self._room:
            self.learnt.over_quota.append(one)
        else:
            self._add(one, said_at=said_at)

    def let_go(self) -> None:
        """What was asked to be forgotten is not learnt again, nor found."""
        owner, heard = self._job.owner, self._shown.messages
        further = let_go(self._tx, owner, self._unwanted, heard=heard, author=self._author)
        self.learnt.superseded.extend(further)

    def _confirm(self, known: Memory, one: Extracted) -> None:
        """The memory has these sources as well, if it could stand on them alone.

        Else it would outlive what it came from, because an extractor that was told of it said so.
        """
        before = self._tx.messages.by_ids(known.source_message_ids, owner=self._job.user_id)
        gone = [message.content for message in before]
        said = [self._sources[source].content for source in one.source_message_ids]
        if stands_on(known.content, gone=gone, left=said):
            self._tx.memories.add_sources(known.id, one.source_message_ids)

    def _add(self, one: Extracted, *, said_at: datetime) -> None:
        learning = self._learning_of(one)
        memory = _memory(one, self._job, learning, said_at=said_at, at=self._author.at)
        named = [self._sources[source] for source in one.source_message_ids]
        rests_on = provenance(one.content, named, self._shown)
        memory = replace(memory, source_message_ids=rests_on.sources, repeats=rests_on.repeats)
        if memory.status is MemoryStatus.PENDING:
            memory = replace(memory, replaces=self._would_replace(one))
        add_memory(self._tx, memory, tenant_id=self._job.tenant_id)
        self.learnt.saved.append(memory.id)
        if memory.status is MemoryStatus.ACTIVE:
            self.learnt.superseded.extend(
                make_room(self._tx, memory, replaces=one.replaces, author=self._author)
            )

    def _would_replace(self, one: Extracted) -> tuple[MemoryId, ...]:
        claims = self._tx.memories.in_slot(self._profile.id, one.slot) if one.slot else ()
        return tuple(dict.fromkeys((*one.replaces, *(memory.id for memory in claims))))

    def _end(self, finding: Finding, *, said_at: datetime, is_wished: bool) -> None:
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
                if is_wished:
                    self._unwanted.append(memory)

    def _end_replaced(self, one: Extracted) -> None:
        """What it says is asked to be forgotten, so it is not learnt, and ends what it replaces."""
        if self._learning_of(one) is Learning.ASK:
            return
        for memory in self._tx.memories.by_ids(one.replaces, owner=self._job.user_id):
            if memory.profile_id == self._profile.id and memory.status is MemoryStatus.ACTIVE:
                end(self._tx, memory, by=None, when=self._author.at, author=self._author)
                self.learnt.superseded.append(memory.id)
                self._unwanted.append(memory)

    def _learning_of(self, one: Extracted) -> Learning:
        """As the profile has it, or as it had it when that was said, if memories were reviewed then.

        A user's words that may be learnt from and not be found were said where they are reviewed,
        unless they are withheld for what they hold.
        """
        said = [self._sources[source] for source in one.source_message_ids]
        reviewed = any(m.role is Role.USER and not (m.searchable or m.withheld) for m in said)
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
