from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, insert, select, update

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.models.ids import ChunkId, MemoryId, MessageId, ProcessId, SessionId, TenantId, UserId
from app.models.process import LiveProcess, Process, ProcessRole
from app.models.session import Session
from app.ports.repositories.processes import Holding

_processes: Final = tables.processes
_held: Final = tables.held_sessions
_erasures: Final = tables.erasures


class SqlProcesses:
    """The processes that share this database, and the sessions whose words each holds."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def beat(self, process: Process, *, now: datetime, alive_until: datetime) -> None:
        """The process is known, and counts as alive until then."""
        known = self._connection.execute(
            update(_processes).where(_processes.c.id == process.id).values(alive_until=alive_until)
        )
        if known.rowcount == 0:
            self._connection.execute(
                insert(_processes).values(
                    id=process.id,
                    role=process.role,
                    has_bus=process.has_bus,
                    started_at=now,
                    alive_until=alive_until,
                )
            )

    def leave(self, process_id: ProcessId) -> None:
        """The process is gone, and holds nothing."""
        self._connection.execute(delete(_processes).where(_processes.c.id == process_id))

    def living(self, *, now: datetime) -> Sequence[LiveProcess]:
        """All that count as alive, the longest known first."""
        rows = self._connection.execute(
            select(_processes)
            .where(_processes.c.alive_until > now)
            .order_by(_processes.c.started_at, _processes.c.id)
        )
        return [LiveProcess(ProcessId(r.id), r.has_bus, r.alive_until) for r in rows]

    def roles(self, *, now: datetime) -> Mapping[ProcessRole, int]:
        """How many count as alive, of each role that there is one of."""
        rows = self._connection.execute(
            select(_processes.c.role, func.count())
            .where(_processes.c.alive_until > now)
            .group_by(_processes.c.role)
        )
        return {ProcessRole(role): count for role, count in rows}

    def purge(self, *, dead_before: datetime) -> int:
        """How many were last alive before then; they are gone, and hold nothing."""
        return self._connection.execute(
            delete(_processes).where(_processes.c.alive_until < dead_before)
        ).rowcount

    def holder(self, session_id: SessionId, *, now: datetime) -> ProcessId | None:
        """The living process that holds the words of a session's incognito turns."""
        row = self._connection.execute(
            select(_held.c.process_id)
            .join(_processes, _processes.c.id == _held.c.process_id)
            .where(_held.c.session_id == session_id, _processes.c.alive_until > now)
        ).scalar()
        return ProcessId(row) if row else None

    def hold(
        self, session: Session, *, by: ProcessId, tenant_id: TenantId, now: datetime
    ) -> int | None:
        """The epoch of the session's words, which `by` holds now; None when another living one does."""
        its = _held.c.session_id == session.id
        row = self._connection.execute(select(_held.c.process_id, _held.c.epoch).where(its)).first()
        if row is None:
            self._connection.execute(
                insert(_held).values(
                    session_id=session.id,
                    tenant_id=tenant_id,
                    user_id=session.user_id,
                    process_id=by,
                    epoch=0,
                )
            )
            return 0
        if row.process_id != by:
            if self.holder(session.id, now=now) is not None:
                return None
            self._connection.execute(update(_held).where(its).values(process_id=by))
        return int(row.epoch)

    def let_go(self, session_ids: Collection[SessionId], *, by: ProcessId) -> None:
        """The process holds nothing of these sessions."""
        for some in batches(session_ids):
            self._connection.execute(
                update(_held)
                .where(_held.c.session_id.in_(some), _held.c.process_id == by)
                .values(process_id=None)
            )

    def end_holding(self, session_id: SessionId) -> None:
        """Nobody holds the session's words, and whoever did has to forget them."""
        self._connection.execute(
            update(_held)
            .where(_held.c.session_id == session_id)
            .values(process_id=None, epoch=_held.c.epoch + 1)
        )

    def holdings(self, session_ids: Collection[SessionId]) -> Mapping[SessionId, Holding]:
        """Who holds what, of those sessions that are there and were ever held."""
        return {
            SessionId(row.session_id): Holding(row.process_id, row.epoch)
            for some in batches(session_ids)
            for row in self._connection.execute(select(_held).where(_held.c.session_id.in_(some)))
        }


def has_no_carrier(table: Table, *, silent_since: datetime) -> ColumnElement[bool]:
    """Whether a row from before then was worked on by a process that was last alive before then."""
    alive = select(_processes.c.id).where(_processes.c.alive_until >= silent_since)
    return and_(
        table.c.process_id.is_not(None),
        table.c.process_id.not_in(alive),
        table.c.created_at < silent_since,
    )


class SqlErasures:
    """When a process has to look at what it holds of a user's words, and what of that is gone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, user_id: UserId, *, tenant_id: TenantId) -> None:
        """Something of the user was deleted, or is not to be told any more."""
        known = self._connection.execute(
            update(_erasures)
            .where(_erasures.c.user_id == user_id)
            .values(count=_erasures.c.count + 1)
        )
        if known.rowcount == 0:
            self._connection.execute(
                insert(_erasures).values(user_id=user_id, tenant_id=tenant_id, count=1)
            )

    def counts(self, user_ids: Collection[UserId]) -> Mapping[UserId, int]:
        """How often that happened to each user who is there."""
        users = tables.users
        return {
            UserId(row.id): row.erasures or 0
            for some in batches(user_ids)
            for row in self._connection.execute(
                select(users.c.id, _erasures.c.count.label("erasures"))
                .outerjoin(_erasures, _erasures.c.user_id == users.c.id)
                .where(users.c.id.in_(some))
            )
        }

    def gone(
        self,
        *,
        messages: Collection[MessageId],
        memories: Collection[MemoryId],
        episodes: Collection[MessageId],
        chunks: Collection[ChunkId],
    ) -> set[UUID]:
        """Those that are not there any more."""
        said, known = tables.chat_messages.c, tables.memories.c
        there = self._found(said.id, messages)
        there -= set(episodes)
        there |= self._found(said.id, episodes, said.learnable)
        there |= self._found(known.id, memories)
        there |= self._found(tables.document_chunks.c.id, chunks)
        return {*messages, *episodes, *memories, *chunks} - there

    def _found(
        self, column: ColumnElement[UUID], ids: Collection[UUID], *conditions: ColumnElement[bool]
    ) -> set[UUID]:
        return {
            one
            for some in batches(set(ids))
            for one in self._connection.execute(
                select(column).where(column.in_(some), *conditions)
            ).scalars()
        }
