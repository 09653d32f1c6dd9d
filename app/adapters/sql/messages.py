from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.message_rows import message_of, message_values
from app.adapters.sql.paging import page_of
from app.adapters.sql.sight import SHOWN, that_saw
from app.adapters.sql.words import MESSAGE
from app.core.errors import MessageNotFound
from app.models.ids import JobId, MessageId, ProfileId, RunId, SessionId, TenantId, UserId
from app.models.message import Message, Role
from app.models.page import Page, PageKey

_table = tables.chat_messages
_sessions = tables.chat_sessions


class SqlMessages:
    """Retained messages."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def append(self, messages: Sequence[Message], *, tenant_id: TenantId) -> Sequence[Message]:
        """The messages at the end of their one session, with their positions."""
        if not messages:
            return []
        last = messages[-1]
        next_seq = self._connection.execute(
            update(_sessions)
            .where(_sessions.c.id == last.session_id)
            .values(
                next_seq=_sessions.c.next_seq + len(messages),
                message_count=_sessions.c.message_count + len(messages),
                updated_at=case(
                    (_sessions.c.updated_at < last.created_at, last.created_at),
                    else_=_sessions.c.updated_at,
                ),
            )
            .returning(_sessions.c.next_seq)
        ).scalar_one()
        first = next_seq - len(messages)
        placed = [replace(m, seq=first + i) for i, m in enumerate(messages)]
        self._connection.execute(
            insert(_table), [dict(self._values(m), tenant_id=tenant_id) for m in placed]
        )
        return placed

    def get(self, message_id: MessageId, *, owner: UserId) -> Message:
        """The message.

        Raises:
            MessageNotFound: absent, or someone else's.
        """
        found = self.by_ids([message_id], owner=owner)
        if not found:
            raise MessageNotFound
        return found[0]

    def recent(self, session_id: SessionId, *, limit: int) -> Sequence[Message]:
        """The newest `limit` messages of a session, oldest first."""
        query = select(_table).where(_table.c.session_id == session_id)
        rows = self._connection.execute(query.order_by(_table.c.seq.desc()).limit(limit)).all()
        return [self._message(row) for row in reversed(rows)]

    def page(
        self, session_id: SessionId, *, owner: UserId, before: PageKey | None, limit: int
    ) -> Page[Message]:
        """The newest `limit` messages of a session before position `before.seq`, oldest first."""
        query = select(_table).where(_table.c.session_id == session_id, _table.c.user_id == owner)
        if before is not None:
            query = query.where(_table.c.seq < before.seq)
        rows = self._connection.execute(query.order_by(_table.c.seq.desc()).limit(limit + 1)).all()
        newest_first = page_of(
            rows,
            limit=limit,
            read=self._message,
            key=lambda row: PageKey(id=row.id, seq=row.seq),
        )
        return Page(items=newest_first.items[::-1], next_key=newest_first.next_key)

    def after_seq(self, session_id: SessionId, *, seq: int, limit: int) -> Sequence[Message]:
        """At most `limit` messages of a session after a position, oldest first."""
        query = select(_table).where(_table.c.session_id == session_id, _table.c.seq > seq)
        return self._read(query.order_by(_table.c.seq).limit(limit))

    def count(self, session_id: SessionId, *, upto_seq: int) -> int:
        """How many messages a session has up to a position."""
        query = select(func.count()).where(
            _table.c.session_id == session_id, _table.c.seq <= upto_seq
        )
        return self._connection.execute(query).scalar_one()

    def by_ids(self, ids: Iterable[MessageId], *, owner: UserId) -> Sequence[Message]:
        """Those of the messages that exist and are the owner's, in no order."""
        return [
            message
            for some in batches(ids)
            for message in self._read(
                select(_table).where(_table.c.id.in_(some), _table.c.user_id == owner)
            )
        ]

    def of_run(self, run_id: RunId, *, owner: UserId) -> Sequence[Message]:
        """The messages that a run wrote, oldest first."""
        query = select(_table).where(_table.c.run_id == run_id, _table.c.user_id == owner)
        return self._read(query.order_by(_table.c.seq))

    def of_job(self, job_id: JobId) -> Sequence[Message]:
        """The learnable messages that a job is to read, by session and position."""
        query = select(_table).where(_table.c.memory_job_id == job_id, _table.c.learnable)
        return self._read(query.order_by(_table.c.session_id, _table.c.seq))

    def episode_ids(self, profile_id: ProfileId) -> Sequence[MessageId]:
        """The messages of a profile that belong in the index."""
        query = select(_table.c.id).where(
            _table.c.memory_profile_id == profile_id, _table.c.searchable
        )
        return list(self._connection.execute(query).scalars())

    def unlearn(self, ids: Iterable[MessageId]) -> Sequence[MessageId]:
        """Those of the messages that were learnable and are not any more."""
        return [
            message_id
            for some in batches(ids)
            for message_id in self._unlearn(_table.c.id.in_(some))
        ]

    def unlearn_answers(
        self, profiles: Iterable[ProfileId], *, shown: Iterable[UUID]
    ) -> Mapping[ProfileId, Sequence[MessageId]]:
        """Answers that were shown one of these, or such an answer, and are not learnable any more.

        Looks through all answers of the profiles: 60 ms for 10,000.
        """
        learnable = _answers(profiles).where(_table.c.run_id.is_not(None), _table.c.learnable)
        unlearnt = self.unlearn(that_saw(self._connection, learnable, shown=shown))
        found: dict[ProfileId, list[MessageId]] = defaultdict(list)
        for some in batches(unlearnt):
            its = select(_table.c.id, _table.c.memory_profile_id).where(_table.c.id.in_(some))
            for message_id, profile_id in self._connection.execute(its):
                found[profile_id].append(message_id)
        return found

    def in_sight(
        self, profiles: Iterable[ProfileId], *, shown: Iterable[UUID]
    ) -> Sequence[MessageId]:
        """Answers of the profiles that were shown one of these, or such an answer.

        Looks through all answers of the profiles: 60 ms for 10,000.
        """
        return that_saw(self._connection, _answers(profiles), shown=shown)

    def mark_repeating(self, ids: Iterable[MessageId]) -> None:
        """The answers repeat what was forgotten: no model reads them, and nothing finds them."""
        for some in batches(ids):
            self._connection.execute(
                update(_table)
                .where(_table.c.id.in_(some))
                .values(repeats_forgotten=True, learnable=False, searchable=False)
            )

    def unlearnable(self, ids: Iterable[MessageId], *, owner: UserId) -> bool:
        """Whether one of the messages is gone, or may not be learnt from any more."""
        wanted = set(ids)
        learnable = select(func.count()).where(_table.c.user_id == owner, _table.c.learnable)
        return len(wanted) > sum(
            self._connection.execute(learnable.where(_table.c.id.in_(some))).scalar_one()
            for some in batches(wanted)
        )

    def let_be_found(
        self, ids: Iterable[MessageId], *, owner: UserId, found: bool
    ) -> Sequence[MessageId]:
        """The user's learnable messages among these that were not as is wanted, and are now."""
        changed = (
            update(_table)
            .where(_table.c.user_id == owner, _table.c.role == Role.USER, _table.c.learnable)
            .where(_table.c.searchable != found, ~_table.c.withheld)
            .values(searchable=found)
            .returning(_table.c.id)
        )
        return [
            MessageId(message_id)
            for some in batches(set(ids))
            for message_id in self._connection.execute(
                changed.where(_table.c.id.in_(some))
            ).scalars()
        ]

    def withhold(self, ids: Iterable[MessageId], *, owner: UserId) -> Sequence[MessageId]:
        """The owner's messages among these that could be found, and cannot be, for what they hold."""
        withheld = (
            update(_table)
            .where(_table.c.user_id == owner, _table.c.searchable)
            .values(searchable=False, withheld=True)
            .returning(_table.c.id)
        )
        return [
            MessageId(message_id)
            for some in batches(set(ids))
            for message_id in self._connection.execute(
                withheld.where(_table.c.id.in_(some))
            ).scalars()
        ]

    def any_hidden(self, ids: Iterable[MessageId], *, owner: UserId) -> bool:
        """Whether one of the messages may be learnt from and not be found. Not one that only quotes."""
        hidden = (
            select(_table.c.id)
            .where(_table.c.user_id == owner, _table.c.learnable)
            .where(~_table.c.searchable, ~_table.c.quoted)
            .limit(1)
        )
        return any(
            self._connection.execute(hidden.where(_table.c.id.in_(some))).first()
            for some in batches(set(ids))
        )

    def unlearn_profile(self, profile_id: ProfileId) -> Sequence[MessageId]:
        """The messages of the profile that were learnable; none is any more."""
        return self._unlearn(_table.c.memory_profile_id == profile_id)

    def delete(self, ids: Iterable[MessageId], *, owner: UserId) -> int:
        """How many of the messages were there and are gone."""
        deleted = 0
        for some in batches(ids):
            gone = and_(_table.c.id.in_(some), _table.c.user_id == owner)
            deleted += self._delete(gone)
        return deleted

    def ids_of_session(self, session_id: SessionId, *, owner: UserId) -> Sequence[MessageId]:
        """All messages of a session, oldest first."""
        query = select(_table.c.id).where(
            _table.c.session_id == session_id, _table.c.user_id == owner
        )
        return list(self._connection.execute(query.order_by(_table.c.seq)).scalars())

    def _unlearn(self, condition: ColumnElement[bool]) -> list[MessageId]:
        return list(
            self._connection.execute(
                update(_table)
                .where(condition, _table.c.learnable)
                .values(learnable=False, searchable=False)
                .returning(_table.c.id)
            ).scalars()
        )

    def _delete(self, condition: ColumnElement[bool]) -> int:
        counts = self._connection.execute(
            select(_table.c.session_id, func.count()).where(condition).group_by(_table.c.session_id)
        ).all()
        for session_id, count in counts:
            self._connection.execute(
                update(_sessions)
                .where(_sessions.c.id == session_id)
                .values(message_count=_sessions.c.message_count - count)
            )
        return self._connection.execute(delete(_table).where(condition)).rowcount

    def _read(self, query: Select[Any]) -> list[Message]:
        return [self._message(row) for row in self._connection.execute(query)]

    def _message(self, row: Row[Any]) -> Message:
        return message_of(self._cipher.show(MESSAGE, row))

    def _values(self, message: Message) -> Mapping[str, object]:
        return self._cipher.hide(
            MESSAGE, message_values(message), owner=message.user_id, row=(message.id,)
        )


def _answers(profiles: Iterable[ProfileId]) -> Select[Any]:
    return select(*SHOWN).where(
        _table.c.memory_profile_id.in_(list(profiles)), _table.c.role == Role.ASSISTANT
    )
