from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from app.models.ids import MemoryId, MessageId, ProfileId, new_id
from app.models.imports import Conflict, ConflictReason
from app.models.memory import Memory, MemoryChange, MemoryVersion
from app.models.portable import Noun, Origin, PortableMemory
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.imports.identities import Found, Identities
from app.services.imports.profiles import Targets
from app.services.imports.rows import Rows
from app.services.imports.tallies import Tallies


class Distilled:
    """Puts memories of a file into profiles."""

    def __init__(
        self,
        tx: Transaction,
        rows: Rows,
        *,
        caller: Caller,
        targets: Targets,
        identities: Identities,
        tallies: Tallies,
        at: datetime,
    ) -> None:
        self._tx = tx
        self._rows = rows
        self._caller = caller
        self._targets = targets
        self._identities = identities
        self._tallies = tallies
        self._at = at
        self._said: set[bytes] = set()

    def place(self, records: Sequence[PortableMemory]) -> None:
        """The memories are here; those that were are as they were."""
        found = self._identities.find(
            Noun.MEMORIES,
            [origin for record in records for origin in _named(record) if origin],
        )
        sources = self._identities.find(
            Noun.MESSAGES, [source for record in records for source in record.sources]
        )
        new = self._unsaid([record for record in records if not self._is_here(record, found)])
        rows = [self._memory(one, found.ids, sources.ids) for one in new]
        self._rows.add_memories(rows)
        for record, (memory, _) in zip(new, rows, strict=True):
            if not self._targets.of(record.profile).was_blank:
                self._rows.make_room(memory)
        self._tallies.count(Noun.MEMORIES, in_file=len(records), added=len(new))
        self._compare(records, found)

    def _is_here(self, record: PortableMemory, found: Found) -> bool:
        return record.origin is not None and found.ids[record.origin] in found.here

    def _unsaid(self, records: Sequence[PortableMemory]) -> Sequence[PortableMemory]:
        """Of those from elsewhere only what nobody has said yet; from here, also what says it twice."""
        foreign = [record for record in records if _is_foreign(record)]
        said: set[tuple[ProfileId, str]] = set()
        for profile_id in {self._profile_id(record) for record in foreign}:
            contents = [one.content for one in foreign if self._profile_id(one) == profile_id]
            known = self._tx.memories.with_content(profile_id, contents)
            said.update((profile_id, memory.content) for memory in known)
        unsaid = []
        for record in records:
            key = sha256(f"{self._profile_id(record)}\n{record.content}".encode()).digest()
            repeats = key in self._said or (self._profile_id(record), record.content) in said
            if not (_is_foreign(record) and repeats):
                unsaid.append(record)
            if _is_foreign(record):
                self._said.add(key)
        return unsaid

    def _compare(self, records: Sequence[PortableMemory], found: Found) -> None:
        """What is here and says something else is told."""
        here = {
            found.ids[record.origin]: record.content
            for record in records
            if record.origin and found.ids[record.origin] in found.here
        }
        owner = self._caller.user_id
        for memory in self._tx.memories.by_ids(map(MemoryId, here), owner=owner):
            if memory.content != here[memory.id]:
                reason = ConflictReason.CHANGED_HERE
                self._tallies.conflict(Conflict(Noun.MEMORIES, memory.id, reason))

    def _memory(
        self,
        record: PortableMemory,
        ids: Mapping[Origin, UUID],
        sources: Mapping[Origin, UUID],
    ) -> tuple[Memory, Sequence[MemoryVersion]]:
        created_at = record.created_at or self._at
        memory = Memory(
            id=MemoryId(ids[record.origin] if record.origin else new_id()),
            user_id=self._caller.user_id,
            profile_id=self._profile_id(record),
            kind=record.kind,
            content=record.content,
            importance=record.importance,
            confidence=record.confidence,
            status=record.status,
            said_at=record.said_at or created_at,
            slot=record.slot,
            valid_from=record.valid_from,
            valid_until=record.valid_until,
            superseded_by=MemoryId(ids[record.superseded_by]) if record.superseded_by else None,
            replaces=tuple(MemoryId(ids[one]) for one in record.replaces),
            repeats=tuple(MemoryId(ids[one]) for one in record.repeats),
            source=record.source,
            source_message_ids=tuple(MessageId(sources[one]) for one in record.sources),
            created_at=created_at,
            updated_at=record.updated_at or created_at,
        )
        return memory, _versions(record, memory)

    def _profile_id(self, record: PortableMemory) -> ProfileId:
        return self._targets.of(record.profile).profile.id


def _named(record: PortableMemory) -> tuple[Origin | None, ...]:
    return record.origin, record.superseded_by, *record.replaces, *record.repeats


def _is_foreign(record: PortableMemory) -> bool:
    return record.origin is None or record.origin.id is None


def _versions(record: PortableMemory, memory: Memory) -> Sequence[MemoryVersion]:
    first = MemoryVersion(
        memory_id=memory.id,
        version=1,
        change=MemoryChange.ADDED,
        content=memory.content,
        job_id=None,
        created_at=memory.created_at,
    )
    return [
        replace(
            first,
            version=one.version,
            change=one.change,
            content=one.content,
            created_at=one.created_at,
        )
        for one in record.versions
    ] or [first]
