from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, select

from app.adapters.sql import tables
from app.adapters.sql.cipher import Cipher
from app.adapters.sql.words import MESSAGE, SESSION
from app.models.page import PageKey

AT_ONCE: Final = 50
MAX_ROWS: Final = 20_000
"""Looked through for one page, so that nobody keeps a reading thread for long."""

_messages = tables.chat_messages


@dataclass(slots=True)
class Found:
    """Sessions that say it, and where to look on; None when there is no further one."""

    rows: list[Row[Any]] = field(default_factory=list)
    next_key: PageKey | None = None


class SealedSearch:
    """Looks for words that the database cannot see, session by session."""

    def __init__(self, connection: Connection, cipher: Cipher, *, max_rows: int = MAX_ROWS) -> None:
        self._connection = connection
        self._cipher = cipher
        self._max_rows = max_rows

    def find(self, sessions: Select[Any], *, words: Sequence[str], limit: int) -> Found:
        """At most `limit` of the sessions; fewer, with a next key, once enough was looked through.

        Args:
            sessions: in the order in which they are found.
            words: each must stand in the title or in a message; case does not matter.
            limit: at most this many.
        """
        wanted = [word.lower() for word in words]
        found, looked_through = Found(), 0
        with self._connection.execute(sessions.execution_options(yield_per=AT_ONCE)) as rows:
            last = None
            for row in rows:
                if len(found.rows) == limit or looked_through >= self._max_rows:
                    found.next_key = last
                    break
                looked_through += 1 + row.message_count
                if self._says(row, wanted):
                    found.rows.append(row)
                last = PageKey(id=row.id, at=row.updated_at)
        return found

    def _says(self, session: Row[Any], wanted: Sequence[str]) -> bool:
        title = self._cipher.show(SESSION, session).title or ""
        missing = [word for word in wanted if word not in title.lower()]
        if not missing:
            return True
        its = _messages.c
        rows = self._connection.execute(
            select(its.id, its.user_id, its.content, its.sealed_content).where(
                its.session_id == session.id, ~its.repeats_forgotten
            )
        )
        for row in rows:
            said = self._cipher.show(MESSAGE, row).content.lower()
            missing = [word for word in missing if word not in said]
            if not missing:
                return True
        return False
