from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.paging import page_of
from app.adapters.sql.sealed_search import SealedSearch
from app.adapters.sql.session_rows import (
    SESSION_COLUMNS,
    hidden_session_values,
    insert_reads,
    session_of,
)
from app.adapters.sql.words import SESSION
from app.core.errors import RunInProgress, SessionNotFound
from app.models.ids import ProfileId, SessionId, TenantId, UserId
from app.models.page import Page, PageKey
from app.models.session import Session

FROM_THE_FUTURE: Final = timedelta(minutes=10)
"""No lease is taken for so long: whoever left one behind did so before the clock was set back."""

_table = tables.chat_sessions
_GET = select(*SESSION_COLUMNS).where(
    _table.c.id == bindparam("session"), _table.c.user_id == bindparam("owner")
)
"""Every turn begins with it: made once, it costs no more than it did without what is read."""


class SqlSessions:
    """Chat sessions and their leases."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def add(self, session: Session, *, tenant_id: TenantId) -> None:
        """The session exists, and reads what it says."""
        self._connection.execute(
            insert(_table).values(
                **hidden_session_values(session, self._cipher), tenant_id=tenant_id
            )
        )
        insert_reads(self._connection, [session], tenant_id=tenant_id)

    def get(self, session_id: SessionId, *, owner: UserId) -> Session:
        """The session.

        Raises:
            SessionNotFound: absent, or someone else's.
        """
        row = self._connection.execute(_GET, {"session": session_id, "owner": owner}).first()
        if row is None:
            raise SessionNotFound
        return self._session(row)

    def page(
        self,
        *,
        owner: UserId,
        profile_id: ProfileId | None,
        words: Sequence[str],
        after: PageKey | None,
        limit: int,
        threads: bool = False,
    ) -> Page[Session]:
        """The user's sessions, the latest active first."""
        query = self._listed(owner).where(
            _table.c.thread.is_not(None) if threads else _table.c.thread.is_(None)
        )
        if profile_id is not None:
            query = query.where(_table.c.memory_profile_id == profile_id)
        if after is not None:
            query = query.where(
                or_(
                    _table.c.updated_at < after.at,
                    and_(_table.c.updated_at == after.at, _table.c.id < after.id),
                )
            )
        newest_first = query.order_by(_table.c.updated_at.desc(), _table.c.id.desc())
        if words and self._cipher.is_opaque:
            found = SealedSearch(self._connection, self._cipher).find(
                newest_first, words=words, limit=limit
            )
            return Page(items=[self._session(row) for row in found.rows], next_key=found.next_key)
        saying = newest_first.where(*(_says(word) for word in words))
        return page_of(
            self._connection.execute(saying.limit(limit + 1)).all(),
            limit=limit,
            read=self._session,
            key=lambda row: PageKey(id=row.id, at=row.updated_at),
        )

    def update(
        self, session_id: SessionId, *, owner: UserId, changes: Mapping[str, object], at: datetime
    ) -> Session:
        """The session with `changes` made.

        Raises:
            SessionNotFound: absent, or someone else's.
        """
        values = self._cipher.hide(SESSION, changes, owner=owner, row=(session_id,))
        self._connection.execute(
            update(_table)
            .where(_table.c.id == session_id, _table.c.user_id == owner)
            .values(**values, updated_at=at)
        )
        return self.get(session_id, owner=owner)

    def set_reads(self, session: Session, *, tenant_id: TenantId) -> None:
        """The session reads what it says here, and no other profiles."""
        reads = tables.chat_session_reads
        self._connection.execute(delete(reads).where(reads.c.session_id == session.id))
        insert_reads(self._connection, [session], tenant_id=tenant_id)

    def summarise(self, session_id: SessionId, summary: str, *, upto_seq: int) -> None:
        """The summary stands beside the session, unless it was deleted or has a later one."""
        owner = self._owner(session_id)
        if owner is None:
            return
        values = self._cipher.hide(SESSION, {"summary": summary}, owner=owner, row=(session_id,))
        self._connection.execute(
            update(_table)
            .where(
                _table.c.id == session_id,
                _table.c.summary_seq < upto_seq,
                _table.c.next_seq > upto_seq,
            )
            .values(**values, summary_seq=upto_seq)
        )

    def forget_words(self, session_id: SessionId, *, titles: Sequence[str]) -> None:
        """The session has no summary, and no title that is one of `titles`."""
        this = update(_table).where(_table.c.id == session_id)
        self._connection.execute(this.values(summary=None, sealed_summary=None, summary_seq=0))
        owner = self._owner(session_id)
        if owner is None:
            return
        told = self._cipher.fingerprints(SESSION, "title", titles, owner=lambda: owner)
        for some in batches(set(told)):
            self._connection.execute(
                this.where(_table.c.title.in_(some)).values(title=None, sealed_title=None)
            )

    def delete(self, session_id: SessionId, *, owner: UserId) -> None:
        """The session and its messages are gone.

        Raises:
            SessionNotFound: absent, or someone else's.
        """
        done = self._connection.execute(
            delete(_table).where(_table.c.id == session_id, _table.c.user_id == owner)
        )
        if done.rowcount == 0:
            raise SessionNotFound

    def take_lease(
        self, session_id: SessionId, *, token: UUID, now: datetime, until: datetime
    ) -> None:
        """The lease is held under `token` until `until`.

        Raises:
            RunInProgress: somebody holds it.
        """
        free = or_(
            _table.c.lease_token.is_(None),
            _table.c.lease_until < now,
            _table.c.lease_until > now + FROM_THE_FUTURE,
        )
        done = self._connection.execute(
            update(_table)
            .where(_table.c.id == session_id, free)
            .values(lease_token=token, lease_until=until)
        )
        if done.rowcount == 0:
            ends_at = self._connection.execute(
                select(_table.c.lease_until).where(_table.c.id == session_id)
            ).scalar()
            wait_s = (ends_at - now).total_seconds() if ends_at else None
            raise RunInProgress(retry_after_s=wait_s)

    def renew_leases(
        self, held: Collection[tuple[SessionId, UUID]], *, until: datetime
    ) -> Collection[tuple[SessionId, UUID]]:
        """Those whose lease is not held under that token any more; the others are, until `until`."""
        kept: set[tuple[SessionId, UUID]] = set()
        for some in batches(held, parameters=2):
            ours = tuple_(_table.c.id, _table.c.lease_token).in_(some)
            free = select(_table.c.id).where(ours).with_for_update(skip_locked=True, key_share=True)
            self._connection.execute(
                update(_table).where(_table.c.id.in_(free)).values(lease_until=until)
            )
            still = select(_table.c.id, _table.c.lease_token).where(ours)
            kept |= {(row.id, row.lease_token) for row in self._connection.execute(still)}
        return set(held) - kept

    def release_lease(self, session_id: SessionId, *, token: UUID) -> bool:
        """Whether the lease was still held under `token`; it is free now."""
        done = self._connection.execute(
            _held(session_id, token).values(lease_token=None, lease_until=None)
        )
        return done.rowcount == 1

    def release_all_leases(self) -> int:
        """The number of leases that were held. For a process that knows it is alone."""
        return self._connection.execute(
            update(_table)
            .where(_table.c.lease_token.is_not(None))
            .values(lease_token=None, lease_until=None)
        ).rowcount

    def ids_of_profile(self, profile_id: ProfileId) -> Sequence[SessionId]:
        """All sessions of a profile."""
        return list(
            self._connection.execute(
                select(_table.c.id).where(_table.c.memory_profile_id == profile_id)
            ).scalars()
        )

    def _listed(self, owner: UserId) -> Select[Any]:
        """The sessions that a list may show."""
        return select(*SESSION_COLUMNS).where(_table.c.user_id == owner)

    def _owner(self, session_id: SessionId) -> UserId | None:
        query = select(_table.c.user_id).where(_table.c.id == session_id)
        return self._connection.execute(query).scalar()

    def _session(self, row: Row[Any]) -> Session:
        return session_of(self._cipher.show(SESSION, row))


def _held(session_id: SessionId, token: UUID) -> Any:
    return update(_table).where(_table.c.id == session_id, _table.c.lease_token == token)


def _says(word: str) -> ColumnElement[bool]:
    messages = tables.chat_messages
    wanted = word.lower()
    return or_(
        func.lower(_table.c.title).contains(wanted, autoescape=True),
        exists().where(
            messages.c.session_id == _table.c.id,
            ~messages.c.repeats_forgotten,
            func.lower(messages.c.content).contains(wanted, autoescape=True),
        ),
    )
