from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    cast,
    delete,
    insert,
    or_,
    select,
    update,
)

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.words import MEMORY
from app.models.ids import MemoryId, ProfileId, UserId
from app.models.job import JobState
from app.models.memory import MemoryStatus
from app.models.message import Role
from app.ports.repositories.places import Moved, Outline

_memories: Final = tables.memories
_sources: Final = tables.memory_sources
_messages: Final = tables.chat_messages
_sessions: Final = tables.chat_sessions
_reads: Final = tables.chat_session_reads
_jobs: Final = tables.memory_jobs
_REVIEWED: Final = (MemoryStatus.PENDING, MemoryStatus.REJECTED)
_UNDECIDED: Final = _memories.c.status.in_(_REVIEWED)
"""What is approved some day, so that what it replaces ends then."""


class SqlPlaces:
    """Which profile things belong to: how they change it, and who else reads it."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def from_elsewhere(self, profile_id: ProfileId) -> Sequence[MemoryId]:
        """The memories of a profile that have a source on another one: copied, or moved there."""
        query = (
            select(_memories.c.id)
            .join(_sources, _sources.c.memory_id == _memories.c.id)
            .join(_messages, _messages.c.id == _sources.c.message_id)
            .where(
                _memories.c.memory_profile_id == profile_id,
                _messages.c.memory_profile_id != profile_id,
            )
            .distinct()
        )
        return list(self._connection.execute(query).scalars())

    def outlines(self, profile_id: ProfileId, *, owner: UserId) -> Sequence[Outline]:
        """All memories of a profile, the oldest first."""
        query = select(
            _memories.c.id,
            _memories.c.user_id,
            _memories.c.content,
            _memories.c.sealed_content,
            _memories.c.status,
            _memories.c.slot,
            _memories.c.sealed_slot,
            _memories.c.valid_from,
            _memories.c.valid_until,
            _memories.c.replaces,
        ).where(_memories.c.memory_profile_id == profile_id, _memories.c.user_id == owner)
        return [
            Outline(
                id=row.id,
                content=row.content,
                status=MemoryStatus(row.status),
                slot=row.slot,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
                replaces=bool(row.replaces) and row.status in _REVIEWED,
            )
            for row in (
                self._cipher.show(MEMORY, stored)
                for stored in self._connection.execute(query.order_by(_memories.c.id))
            )
        ]

    def links(self, profile_id: ProfileId, *, owner: UserId) -> Iterable[tuple[MemoryId, MemoryId]]:
        """Pairs of a profile's memories and what took their place, or would once it is approved."""
        its = and_(_memories.c.memory_profile_id == profile_id, _memories.c.user_id == owner)
        superseded = select(_memories.c.id, _memories.c.superseded_by).where(
            its, _memories.c.superseded_by.is_not(None)
        )
        waiting = select(_memories.c.id, _memories.c.replaces).where(its, _UNDECIDED)
        return [
            *((row.id, row.superseded_by) for row in self._connection.execute(superseded)),
            *(
                (MemoryId(UUID(replaced)), row.id)
                for row in self._connection.execute(waiting)
                for replaced in row.replaces
            ),
        ]

    def move_memories(self, ids: Iterable[MemoryId], *, owner: UserId, to: ProfileId) -> int:
        """How many of the memories were the owner's; they are the profile's, else unchanged."""
        return sum(
            self._connection.execute(
                update(_memories)
                .where(_memories.c.id.in_(some), _memories.c.user_id == owner)
                .values(memory_profile_id=to)
            ).rowcount
            for some in batches(ids)
        )

    def unite(self, twins: Mapping[MemoryId, MemoryId], *, owner: UserId) -> int:
        """How many of the keys are gone; what they came from, and who named them, is the values' now."""
        own = {
            found
            for some in batches({*twins, *twins.values()})
            for found in self._connection.execute(
                select(_memories.c.id).where(_memories.c.id.in_(some), _memories.c.user_id == owner)
            ).scalars()
        }
        twins = {one: other for one, other in twins.items() if one in own and other in own}
        if not twins:
            return 0
        self._hand_over_sources(twins)
        self._rename_in_chains(twins, owner=owner)
        self._rename_in_answers(twins, owner=owner)
        return sum(
            self._connection.execute(delete(_memories).where(_memories.c.id.in_(some))).rowcount
            for some in batches(twins)
        )

    def is_answering(self, profile_id: ProfileId, *, now: datetime) -> bool:
        """Whether a run holds a session of the profile."""
        held = select(_sessions.c.id).where(
            _sessions.c.memory_profile_id == profile_id,
            _sessions.c.lease_token.is_not(None),
            _sessions.c.lease_until >= now,
        )
        return self._connection.execute(held.limit(1)).first() is not None

    def merge(self, source: ProfileId, *, into: ProfileId, owner: UserId) -> Moved:
        """Everything of the one profile is the other's; it has nothing left but its name."""
        self._merge_lanes(source, into=into, owner=owner)
        moved = Moved(
            sessions=self._hand_over(_sessions, source, into=into, owner=owner),
            messages=self._hand_over(_messages, source, into=into, owner=owner),
            memories=self._hand_over(_memories, source, into=into, owner=owner),
            documents=self._hand_over(tables.documents, source, into=into, owner=owner),
        )
        self._hand_over(tables.document_chunks, source, into=into, owner=owner)
        self._hand_over(tables.imports, source, into=into, owner=owner)
        self._merge_reads(source, into=into, owner=owner)
        return moved

    def _hand_over(self, table: Any, source: ProfileId, *, into: ProfileId, owner: UserId) -> int:
        return self._connection.execute(
            update(table)
            .where(table.c.memory_profile_id == source, table.c.user_id == owner)
            .values(memory_profile_id=into)
        ).rowcount

    def _merge_lanes(self, source: ProfileId, *, into: ProfileId, owner: UserId) -> None:
        """Whoever works on a job of either has lost its lease, and can write nothing."""
        self._connection.execute(
            update(_jobs)
            .where(_jobs.c.memory_profile_id.in_([source, into]), _jobs.c.state == JobState.RUNNING)
            .values(
                state=JobState.PENDING,
                lease_token=None,
                lease_until=None,
                attempts=_jobs.c.attempts - 1,
            )
        )
        self._connection.execute(
            update(_jobs)
            .where(_jobs.c.memory_profile_id == source, _jobs.c.user_id == owner)
            .values(memory_profile_id=into, joinable=False)
        )

    def _merge_reads(self, source: ProfileId, *, into: ProfileId, owner: UserId) -> None:
        """Nobody reads its own profile, or the same one twice."""
        of_receiver = select(_sessions.c.id).where(_sessions.c.memory_profile_id == into)
        further = _reads.alias()
        readers = select(further.c.session_id).where(further.c.memory_profile_id == into)
        self._connection.execute(
            delete(_reads).where(
                _reads.c.user_id == owner,
                or_(
                    and_(
                        _reads.c.memory_profile_id.in_([source, into]),
                        _reads.c.session_id.in_(of_receiver),
                    ),
                    and_(_reads.c.memory_profile_id == source, _reads.c.session_id.in_(readers)),
                ),
            )
        )
        self._connection.execute(
            update(_reads)
            .where(_reads.c.memory_profile_id == source, _reads.c.user_id == owner)
            .values(memory_profile_id=into)
        )

    def _hand_over_sources(self, twins: Mapping[MemoryId, MemoryId]) -> None:
        rows = [
            row
            for some in batches({*twins, *twins.values()})
            for row in self._connection.execute(
                select(_sources).where(_sources.c.memory_id.in_(some))
            ).mappings()
        ]
        known = {(row["memory_id"], row["message_id"]) for row in rows}
        new = {
            (twins[row["memory_id"]], row["message_id"]): {
                **row,
                "memory_id": twins[row["memory_id"]],
            }
            for row in rows
            if row["memory_id"] in twins
        }
        missing = [row for key, row in new.items() if key not in known]
        if missing:
            self._connection.execute(insert(_sources), missing)

    def _rename_in_chains(self, twins: Mapping[MemoryId, MemoryId], *, owner: UserId) -> None:
        query = select(_memories.c.id, _memories.c.superseded_by).where(
            _memories.c.user_id == owner, _memories.c.superseded_by.is_not(None)
        )
        renamed = [
            {"memory": one, "heir": twins[heir]}
            for one, heir in self._connection.execute(query)
            if heir in twins
        ]
        if renamed:
            self._connection.execute(
                update(_memories)
                .where(_memories.c.id == bindparam("memory"))
                .values(superseded_by=bindparam("heir")),
                renamed,
            )
        its = _memories.c.user_id == owner
        names = {str(one): str(other) for one, other in twins.items()}
        self._rename_in(_memories.c.replaces, names, where=and_(its, _UNDECIDED))
        self._rename_in(_memories.c.repeats, names, where=its)

    def _rename_in(
        self, column: Column[Any], names: Mapping[str, str], *, where: ColumnElement[bool]
    ) -> None:
        named = select(_memories.c.id, column.label("ids")).where(
            where, cast(column, String) != "[]"
        )
        for row in self._connection.execute(named).all():
            if not names.keys().isdisjoint(row.ids):
                renamed = list(dict.fromkeys(names.get(one, one) for one in row.ids))
                self._connection.execute(
                    update(_memories).where(_memories.c.id == row.id).values({column: renamed})
                )

    def _rename_in_answers(self, twins: Mapping[MemoryId, MemoryId], *, owner: UserId) -> None:
        """So that forgetting a memory finds the answers that were shown its twin."""
        names = {str(one): str(other) for one, other in twins.items()}
        query = select(_messages.c.id, _messages.c.memories_used).where(
            _messages.c.user_id == owner, _messages.c.role == Role.ASSISTANT
        )
        renamed = [
            {"message": message, "uses": _renamed(uses, names)}
            for message, uses in self._connection.execute(query)
            if any(use["id"] in names for use in uses)
        ]
        if renamed:
            self._connection.execute(
                update(_messages)
                .where(_messages.c.id == bindparam("message", type_=_messages.c.id.type))
                .values(memories_used=bindparam("uses", type_=_messages.c.memories_used.type)),
                renamed,
            )


def _renamed(uses: list[dict[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """What an answer was given, each memory once, by the names they have now."""
    renamed: dict[str, dict[str, Any]] = {}
    for use in uses:
        name = names.get(use["id"], use["id"])
        renamed.setdefault(name, {**use, "id": name})
    return list(renamed.values())
