from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.adapters.sql import tables
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.session_rows import SESSION_COLUMNS, hidden_session_values, session_of
from app.adapters.sql.words import SESSION
from app.models.actor import OneUser
from app.models.ids import TenantId, UserId
from app.models.session import Session

_sessions: Final = tables.chat_sessions
_heard: Final = tables.heard_turns
_FIND: Final = select(*SESSION_COLUMNS).where(
    _sessions.c.thread == bindparam("thread"), _sessions.c.user_id == bindparam("owner")
)


class SqlThreads:
    """Conversations that other applications keep, by keyed hashes."""

    def __init__(self, connection: Connection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def find(self, thread: str, *, owner: UserId) -> Session | None:
        """The session that holds what was learnt from a conversation."""
        row = self._connection.execute(_FIND, {"thread": thread, "owner": owner}).first()
        return session_of(self._cipher.show(SESSION, row)) if row else None

    def open(self, session: Session, *, tenant_id: TenantId) -> Session:
        """The session of its thread: this one, unless there was one already."""
        values = dict(hidden_session_values(session, self._cipher), tenant_id=tenant_id)
        if self._is_new(_sessions, values):
            return session
        return self.find(session.thread or "", owner=session.user_id) or session

    def hear(self, digest: str, *, by: OneUser, at: datetime) -> bool:
        """Whether it was said for the first time."""
        values = {
            "user_id": by.user_id,
            "digest": digest,
            "tenant_id": by.tenant_id,
            "heard_at": at,
        }
        return self._is_new(_heard, values)

    def purge(self, *, heard_before: datetime) -> int:
        """How many were heard before then; they are not known any more."""
        return self._connection.execute(
            delete(_heard).where(_heard.c.heard_at < heard_before)
        ).rowcount

    def _is_new(self, table: Table, values: dict[str, Any]) -> bool:
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(table).values(**values))
        except IntegrityError:
            return False
        return True
