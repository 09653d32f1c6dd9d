from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.memory_layers import by_layer, standing_query
from app.adapters.sql.memory_rows import memory_of, memory_values, version_of, version_values
from app.adapters.sql.memory_sources import add_sources, outcomes_of, resting_on, sources_of
from app.adapters.sql.memory_time import held_at
from app.adapters.sql.paging import page_by_id
from app.adapters.sql.words import MEMORY, VERSION
from app.core.errors import MemoryNotFound
from app.models.ids import JobId, MemoryId, MessageId, ProfileId, TenantId, UserId
from app.models.memory import (
    Layer,
    LayerLimits,
    Memory,
    MemoryChange,
    MemoryKind,
    MemoryStatus,
    MemoryVersion,
)
from app.models.page import Page, PageKey

_table = tables.memories
_versions = tables.memory_versions


class SqlMemories:
    """Memories, where each is known from, and how each came to say what it says."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def add(self, memory: Memory, *, tenant_id: TenantId) -> None:
        """The memory exists with its sources and its first version."""
        values = self._cipher.hide(
            MEMORY, memory_values(memory), owner=memory.user_id, row=(memory.id,)
        )
        self._connection.execute(insert(_table).values(**values, version=1, tenant_id=tenant_id))
        self.add_sources(memory.id, memory.source_message_ids)
        self._record(memory, version=1, change=MemoryChange.ADDED, tenant_id=tenant_id)

    def get(self, memory_id: MemoryId, *, owner: UserId) -> Memory:
        """The memory.

        Raises:
            MemoryNotFound: absent, or someone else's.
        """
        found = self.by_ids([memory_id], owner=owner)
        if not found:
            raise MemoryNotFound
        return found[0]

    def by_ids(self, ids: Iterable[MemoryId], *, owner: UserId) -> Sequence[Memory]:
        """Those of the memories that exist and are the owner's, in no order."""
        return [
            memory
            for some in batches(ids)
            for memory in self._read(
                select(_table).where(_table.c.id.in_(some), _table.c.user_id == owner)
            )
        ]

    def page(
        self,
        profile_id: ProfileId,
        *,
        owner: UserId,
        kind: MemoryKind | None,
        status: MemoryStatus | None,
        as_of: datetime | None = None,
        after: PageKey | None,
        limit: int,
    ) -> Page[Memory]:
        """A profile's memories, newest first; None for any kind, any status, any time."""
        query = select(_table).where(
            _table.c.memory_profile_id == profile_id, _table.c.user_id == owner
        )
        if kind is not None:
            query = query.where(_table.c.kind == kind)
        if status is not None:
            query = query.where(_table.c.status == status)
        if as_of is not None:
            query = query.where(held_at(as_of))
        page = page_by_id(
            self._connection,
            query,
            _table.c.id,
            after=after,
            limit=limit,
            read=self._memory,
            newest_first=True,
        )
        return Page(items=self._with_sources(page.items), next_key=page.next_key)

    def held_at(
        self, moment: datetime, ids: Iterable[MemoryId], *, owner: UserId
    ) -> Sequence[Memory]:
        """Those of the memories, the owner's, that held at a moment; in no order."""
        return [
            memory
            for some in batches(ids)
            for memory in self._read(
                select(_table).where(
                    _table.c.id.in_(some), _table.c.user_id == owner, held_at(moment)
                )
            )
        ]

    def update(
        self,
        memory_id: MemoryId,
        *,
        owner: UserId,
        changes: Mapping[str, object],
        change: MemoryChange,
        job_id: JobId | None,
        at: datetime,
    ) -> Memory:
        """The memory with `changes` made, and a version that says so.

        Raises:
            MemoryNotFound: absent, or someone else's.
        """
        values = self._cipher.hide(MEMORY, changes, owner=owner, row=(memory_id,))
        row = self._connection.execute(
            update(_table)
            .where(_table.c.id == memory_id, _table.c.user_id == owner)
            .values(**values, version=_table.c.version + 1, updated_at=at)
            .returning(_table.c.version, _table.c.tenant_id)
        ).first()
        if row is None:
            raise MemoryNotFound
        memory = self.get(memory_id, owner=owner)
        self._record(
            replace(memory, job_id=job_id),
            version=row.version,
            change=change,
            tenant_id=row.tenant_id,
        )
        return memory

    def add_sources(self, memory_id: MemoryId, messages: Iterable[MessageId]) -> None:
        """The memory is known from these messages as well."""
        add_sources(self._connection, memory_id, messages)

    def versions(self, memory_id: MemoryId, *, owner: UserId) -> Sequence[MemoryVersion]:
        """How the memory changed, oldest first; empty when it is absent or someone else's."""
        rows = self._connection.execute(
            select(_versions)
            .where(_versions.c.memory_id == memory_id, _versions.c.user_id == owner)
            .order_by(_versions.c.version)
        )
        return [version_of(self._cipher.show(VERSION, row)) for row in rows]

    def delete(self, ids: Iterable[MemoryId], *, owner: UserId) -> int:
        """How many of the memories were there and are gone, versions and sources with them."""
        deleted = 0
        for some in batches(ids):
            deleted += self._connection.execute(
                delete(_table).where(_table.c.id.in_(some), _table.c.user_id == owner)
            ).rowcount
            self._connection.execute(
                update(_table)
                .where(_table.c.superseded_by.in_(some), _table.c.user_id == owner)
                .values(superseded_by=None)
            )
        return deleted

    def ids_of_profile(
        self, profile_id: ProfileId, *, owner: UserId, status: MemoryStatus | None
    ) -> Sequence[MemoryId]:
        """All memories of a profile; None for any status."""
        query = select(_table.c.id).where(
            _table.c.memory_profile_id == profile_id, _table.c.user_id == owner
        )
        if status is not None:
            query = query.where(_table.c.status == status)
        return list(self._connection.execute(query).scalars())

    def with_content(self, profile_id: ProfileId, contents: Iterable[str]) -> Sequence[Memory]:
        """The memories of a profile, of any status, that say exactly one of these."""
        return [
            memory
            for some in batches(
                self._fingerprints("content", list(dict.fromkeys(contents)), of=profile_id)
            )
            for memory in self._read(
                select(_table).where(
                    _table.c.memory_profile_id == profile_id, _table.c.content.in_(some)
                )
            )
        ]

    def in_slot(
        self,
        profile_id: ProfileId,
        slot: str,
        *,
        among: Collection[MemoryStatus] = (MemoryStatus.ACTIVE,),
    ) -> Sequence[Memory]:
        """The memories of a profile that claim a slot, the earliest said first."""
        query = select(_table).where(
            _table.c.memory_profile_id == profile_id,
            _table.c.slot.in_(self._fingerprints("slot", [slot], of=profile_id)),
            _table.c.status.in_(among),
        )
        return self._read(query.order_by(_table.c.said_at))

    def standing(
        self, profile_ids: Sequence[ProfileId], *, owner: UserId, limits: LayerLimits
    ) -> Mapping[Layer, Sequence[Memory]]:
        """The active memories of some profiles that each layer puts first, best first."""
        query = standing_query(profile_ids, owner=owner, limits=limits)
        rows = self._connection.execute(query).all()
        return by_layer(rows, self._with_sources([self._memory(row) for row in rows]))

    def superseded_by(self, memory_id: MemoryId, *, owner: UserId) -> Sequence[Memory]:
        """The memories that this one has taken the place of."""
        return self._read(
            select(_table).where(_table.c.superseded_by == memory_id, _table.c.user_id == owner)
        )

    def outcomes(
        self, messages: Iterable[MessageId]
    ) -> Sequence[tuple[MessageId, MemoryStatus, str]]:
        """What became of what these messages said: each message, and each memory that came of it."""
        return outcomes_of(self._connection, messages, cipher=self._cipher)

    def resting_on(
        self, ids: Iterable[UUID], *, profiles: Iterable[ProfileId]
    ) -> Collection[MemoryId]:
        """The profiles' memories that came from one of these messages, or repeat such a memory."""
        return resting_on(self._connection, ids, profiles=profiles)

    def ever_said(self, ids: Iterable[MemoryId], *, owner: UserId) -> Iterator[str]:
        """What the owner's memories say, and what they said before they were changed."""
        its = select(_versions).where(_versions.c.user_id == owner)
        for some in batches(ids):
            for row in self._connection.execute(its.where(_versions.c.memory_id.in_(some))):
                yield version_of(self._cipher.show(VERSION, row)).content

    def counts(
        self, profile_id: ProfileId, *, owner: UserId
    ) -> Sequence[tuple[MemoryKind, MemoryStatus, int]]:
        """How many memories a profile has of each kind and status."""
        rows = self._connection.execute(
            select(_table.c.kind, _table.c.status, func.count())
            .where(_table.c.memory_profile_id == profile_id, _table.c.user_id == owner)
            .group_by(_table.c.kind, _table.c.status)
        ).all()
        return [(MemoryKind(kind), MemoryStatus(status), count) for kind, status, count in rows]

    def changed_by(self, job_id: JobId) -> Sequence[tuple[MemoryId, MemoryChange]]:
        """What a job did to which memories."""
        rows = self._connection.execute(
            select(_versions.c.memory_id, _versions.c.change).where(
                _versions.c.memory_job_id == job_id
            )
        ).all()
        return [(MemoryId(memory_id), MemoryChange(change)) for memory_id, change in rows]

    def _record(
        self, memory: Memory, *, version: int, change: MemoryChange, tenant_id: TenantId
    ) -> None:
        values = self._cipher.hide(
            VERSION, version_values(memory), owner=memory.user_id, row=(memory.id, version)
        )
        self._connection.execute(
            insert(_versions).values(**values, version=version, change=change, tenant_id=tenant_id)
        )

    def _memory(self, row: Row[Any]) -> Memory:
        return memory_of(self._cipher.show(MEMORY, row))

    def _fingerprints(self, column: str, values: Sequence[str], *, of: ProfileId) -> Sequence[str]:
        profiles = tables.memory_profiles
        owner = select(profiles.c.user_id).where(profiles.c.id == of)
        return self._cipher.fingerprints(
            MEMORY, column, values, owner=lambda: self._connection.execute(owner).scalar_one()
        )

    def _read(self, query: Select[Any]) -> Sequence[Memory]:
        return self._with_sources([self._memory(row) for row in self._connection.execute(query)])

    def _with_sources(self, memories: Sequence[Memory]) -> Sequence[Memory]:
        sources = sources_of(self._connection, (memory.id for memory in memories))
        return [replace(m, source_message_ids=tuple(sources[m.id])) for m in memories]
