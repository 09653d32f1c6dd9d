from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.memory_rows import memory_of, memory_values, version_of
from app.adapters.sql.memory_sources import sources_of
from app.adapters.sql.message_rows import message_of, message_values
from app.adapters.sql.session_rows import (
    SESSION_COLUMNS,
    hidden_session_values,
    insert_reads,
    session_of,
)
from app.adapters.sql.words import MEMORY, MESSAGE, SESSION, VERSION
from app.core.privacy import POLICIES
from app.models.ids import (
    JobId,
    MemoryId,
    MessageId,
    ProfileId,
    SessionId,
    TenantId,
    UserId,
    new_id,
)
from app.models.job import JobState
from app.models.memory import Memory, MemoryVersion
from app.models.message import Message
from app.models.namespace import Namespace
from app.models.portable import Counts, Noun
from app.models.session import Session

_PAGE: Final = 500

_sessions = tables.chat_sessions
_messages = tables.chat_messages
_memories = tables.memories
_sources = tables.memory_sources
_versions = tables.memory_versions
_jobs = tables.memory_jobs

_TABLES: Final[Mapping[Noun, Table]] = {
    Noun.PROFILES: tables.memory_profiles,
    Noun.SESSIONS: _sessions,
    Noun.MESSAGES: _messages,
    Noun.MEMORIES: _memories,
    Noun.DOCUMENTS: tables.documents,
}
_KEEPING: Final = [mode for mode, policy in POLICIES.items() if policy.retain]
_SHOWN: Final = or_(_sessions.c.message_count > 0, _sessions.c.privacy_mode.in_(_KEEPING))
"""A session that keeps nothing and holds nothing is nobody's business."""


class SqlPortability:
    """Whole profiles out and in, in bounded memory and many rows at a time."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher
        self._shown: ColumnElement[bool] = _SHOWN

    def counts(self, profile_ids: Sequence[ProfileId]) -> Counts:
        """How many sessions, messages and memories `sessions`, `messages` and `memories` yield."""
        counts: Counter[Noun] = Counter()
        for some in batches(profile_ids):
            sessions = _sessions.c.memory_profile_id.in_(some)
            counts[Noun.SESSIONS] += self._count(_sessions, sessions, self._shown)
            counts[Noun.MESSAGES] += self._count(
                _messages,
                _messages.c.session_id.in_(select(_sessions.c.id).where(sessions, self._shown)),
            )
            counts[Noun.MEMORIES] += self._count(_memories, _memories.c.memory_profile_id.in_(some))
        return counts

    def sessions(self, profile_id: ProfileId) -> Iterator[Session]:
        """The sessions that hold something that is kept, or would keep it; oldest first."""
        its = _sessions.c.memory_profile_id == profile_id
        query = select(*SESSION_COLUMNS).where(its, self._shown)
        for rows in self._pages(query, _sessions.c.id):
            yield from (session_of(self._cipher.show(SESSION, row)) for row in rows)

    def messages(self, session_id: SessionId) -> Iterator[Sequence[Message]]:
        """The messages of a session in their order, some at a time."""
        query = select(_messages).where(_messages.c.session_id == session_id)
        for rows in self._pages(query, _messages.c.seq):
            yield [message_of(self._cipher.show(MESSAGE, row)) for row in rows]

    def memories(
        self, profile_id: ProfileId
    ) -> Iterator[Sequence[tuple[Memory, Sequence[MemoryVersion]]]]:
        """The memories of a profile with their histories, oldest first, some at a time."""
        query = select(_memories).where(_memories.c.memory_profile_id == profile_id)
        for rows in self._pages(query, _memories.c.id):
            ids = [MemoryId(row.id) for row in rows]
            sources, versions = sources_of(self._connection, ids), self._versions_of(ids)
            yield [
                (
                    replace(memory_of(row), source_message_ids=tuple(sources[row.id])),
                    versions[row.id],
                )
                for row in (self._cipher.show(MEMORY, stored) for stored in rows)
            ]

    def open_jobs(self, profile_id: ProfileId) -> set[JobId]:
        """The learning jobs of a profile that have not ended yet."""
        query = select(_jobs.c.id).where(
            _jobs.c.memory_profile_id == profile_id,
            _jobs.c.state.in_((JobState.PENDING, JobState.RUNNING)),
        )
        return set(self._connection.execute(query).scalars())

    def known(
        self, noun: Noun, ids: Iterable[UUID], *, owner: UserId, within: Sequence[ProfileId] | None
    ) -> set[UUID]:
        """Those of the ids that are the owner's and in one of the profiles; None for any."""
        table = _TABLES[noun]
        found: set[UUID] = set()
        for some in batches(ids):
            query = select(table.c.id).where(table.c.id.in_(some), table.c.user_id == owner)
            if within is not None:
                query = query.where(table.c.memory_profile_id.in_(within))
            found.update(self._connection.execute(query).scalars())
        return found

    def is_blank(self, profile_id: ProfileId) -> bool:
        """Whether nothing was ever said or written on the profile."""
        return not any(
            self._connection.execute(
                select(exists().where(table.c.memory_profile_id == profile_id))
            ).scalar()
            for table in (_sessions, _memories, tables.documents)
        )

    def positions(self, session_id: SessionId) -> Sequence[int]:
        """The positions that are taken in a session."""
        query = select(_messages.c.seq).where(_messages.c.session_id == session_id)
        return list(self._connection.execute(query).scalars())

    def add_sessions(self, sessions: Sequence[Session], *, tenant_id: TenantId) -> None:
        """The sessions exist as they are given."""
        rows = [hidden_session_values(session, self._cipher) for session in sessions]
        self._insert(_sessions, [dict(row, tenant_id=tenant_id) for row in rows])
        insert_reads(self._connection, sessions, tenant_id=tenant_id)

    def add_messages(self, messages: Sequence[Message], *, tenant_id: TenantId) -> None:
        """The messages exist at the positions they have; their sessions count them."""
        hide = self._cipher.hide
        rows = [hide(MESSAGE, message_values(m), owner=m.user_id, row=(m.id,)) for m in messages]
        self._insert(_messages, [dict(row, tenant_id=tenant_id) for row in rows])
        mine = _messages.c.session_id == _sessions.c.id
        count = select(func.count()).select_from(_messages).where(mine).scalar_subquery()
        last = select(func.max(_messages.c.seq)).where(mine).scalar_subquery()
        latest = select(func.max(_messages.c.created_at)).where(mine).scalar_subquery()
        for some in batches({message.session_id for message in messages}):
            these = update(_sessions).where(_sessions.c.id.in_(some))
            self._connection.execute(these.values(message_count=count))
            self._connection.execute(
                these.where(_sessions.c.next_seq <= last).values(next_seq=last + 1)
            )
            self._connection.execute(
                these.where(_sessions.c.updated_at < latest).values(updated_at=latest)
            )

    def add_memories(
        self,
        memories: Sequence[tuple[Memory, Sequence[MemoryVersion]]],
        *,
        tenant_id: TenantId,
    ) -> None:
        """The memories exist with these histories, and with their sources."""
        hide = self._cipher.hide
        self._insert(
            _memories,
            [
                {
                    **hide(MEMORY, memory_values(one), owner=one.user_id, row=(one.id,)),
                    "version": versions[-1].version,
                    "tenant_id": tenant_id,
                }
                for one, versions in memories
            ],
        )
        self._insert(
            _versions,
            [
                self._version_row(memory, one, tenant_id=tenant_id)
                for memory, versions in memories
                for one in versions
            ],
        )
        self._insert(
            _sources,
            [
                {
                    "memory_id": memory.id,
                    "message_id": message_id,
                    "tenant_id": tenant_id,
                    "user_id": memory.user_id,
                }
                for memory, _ in memories
                for message_id in memory.source_message_ids
            ],
        )

    def _version_row(
        self, memory: Memory, version: MemoryVersion, *, tenant_id: TenantId
    ) -> Mapping[str, object]:
        row = (memory.id, version.version)
        content = {"content": version.content}
        return {
            **self._cipher.hide(VERSION, content, owner=memory.user_id, row=row),
            "memory_id": memory.id,
            "version": version.version,
            "tenant_id": tenant_id,
            "user_id": memory.user_id,
            "change": version.change,
            "memory_job_id": version.job_id,
            "created_at": version.created_at,
        }

    def add_job(
        self,
        namespace: Namespace,
        messages: Sequence[MessageId],
        *,
        tenant_id: TenantId,
        at: datetime,
    ) -> JobId:
        """A learning job of the lane that reads these messages, is due, and nothing else joins."""
        job_id = JobId(new_id())
        self._connection.execute(
            insert(_jobs).values(
                id=job_id,
                tenant_id=tenant_id,
                user_id=namespace.user_id,
                memory_profile_id=namespace.profile_id,
                state=JobState.PENDING,
                joinable=False,
                first_at=at,
                run_at=at,
                created_at=at,
            )
        )
        for some in batches(messages):
            self._connection.execute(
                update(_messages).where(_messages.c.id.in_(some)).values(memory_job_id=job_id)
            )
        return job_id

    def _pages(
        self, query: Select[Any], column: ColumnElement[Any]
    ) -> Iterator[Sequence[Row[Any]]]:
        """The rows of a query by a unique column."""
        ordered = query.order_by(column).limit(_PAGE)
        rows = self._connection.execute(ordered).all()
        while rows:
            yield rows
            last = getattr(rows[-1], str(column.key))
            rows = self._connection.execute(ordered.where(column > last)).all()

    def _count(self, table: Table, *conditions: ColumnElement[bool]) -> int:
        return self._connection.execute(
            select(func.count()).select_from(table).where(*conditions)
        ).scalar_one()

    def _insert(self, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
        if rows:
            self._connection.execute(insert(table), rows)

    def _versions_of(self, ids: Sequence[MemoryId]) -> dict[UUID, list[MemoryVersion]]:
        found: dict[UUID, list[MemoryVersion]] = defaultdict(list)
        rows = self._connection.execute(
            select(_versions).where(_versions.c.memory_id.in_(ids)).order_by(_versions.c.version)
        )
        for row in rows:
            found[row.memory_id].append(version_of(self._cipher.show(VERSION, row)))
        return found
