from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, String, cast, exists, func, insert, select

from app.adapters.sql import tables
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.words import SESSION
from app.core.privacy import PrivacyMode
from app.models.ids import ProfileId, TenantId
from app.models.session import Session

_table: Final = tables.chat_sessions
_reads: Final = tables.chat_session_reads

SESSION_COLUMNS: Final = (
    *(c for c in _table.c if c.name not in {"tenant_id", "lease_token", "lease_until"}),
    select(func.aggregate_strings(cast(_reads.c.memory_profile_id, String), ","))
    .where(_reads.c.session_id == _table.c.id)
    .scalar_subquery()
    .label("reads"),
)
"""What a session is made of. What it reads comes in the same query: a turn takes no further one."""


def reads_no_other(profile_id: ProfileId) -> ColumnElement[bool]:
    """That a session reads no other profile than this."""
    return ~exists().where(
        _reads.c.session_id == _table.c.id, _reads.c.memory_profile_id != profile_id
    )


def session_values(session: Session) -> dict[str, object]:
    """The columns of a session's row that the session itself knows."""
    return {
        "id": session.id,
        "user_id": session.user_id,
        "memory_profile_id": session.profile_id,
        "privacy_mode": session.privacy_mode,
        "title": session.title,
        "summary": session.summary,
        "summary_seq": session.summary_seq,
        "next_seq": session.next_seq,
        "message_count": session.message_count,
        "thread": session.thread,
        "created_at": session.created_at,
        "updated_at": session.updated_at,
    }


def hidden_session_values(session: Session, cipher: Cipher) -> Mapping[str, object]:
    """The same, as they are to be stored."""
    return cipher.hide(SESSION, session_values(session), owner=session.user_id, row=(session.id,))


def session_of(row: Any) -> Session:
    """The session of a row."""
    return Session(
        id=row.id,
        user_id=row.user_id,
        profile_id=row.memory_profile_id,
        privacy_mode=PrivacyMode(row.privacy_mode),
        title=row.title,
        summary=row.summary,
        summary_seq=row.summary_seq,
        next_seq=row.next_seq,
        message_count=row.message_count,
        thread=row.thread,
        created_at=row.created_at,
        updated_at=row.updated_at,
        reads=_profiles(row.reads),
    )


def insert_reads(
    connection: Connection, sessions: Sequence[Session], *, tenant_id: TenantId
) -> None:
    """The sessions read what they say."""
    rows = [
        {
            "session_id": session.id,
            "memory_profile_id": profile_id,
            "tenant_id": tenant_id,
            "user_id": session.user_id,
        }
        for session in sessions
        for profile_id in session.reads
    ]
    if rows:
        connection.execute(insert(_reads), rows)


def _profiles(listed: str | None) -> tuple[ProfileId, ...]:
    return tuple(sorted(ProfileId(UUID(one)) for one in listed.split(","))) if listed else ()
