"""Which answers were written in the sight of something."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, select

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.models.ids import MessageId, SessionId

_table: Final = tables.chat_messages
SHOWN: Final = (_table.c.id, _table.c.session_id, _table.c.seq, _table.c.memories_used)
"""What tells which words an answer has seen."""


def that_saw(
    connection: Connection, answers: Select[Any], *, shown: Iterable[UUID]
) -> list[MessageId]:
    """Those of the answers that used one of these or came after it, or saw such an answer.

    Args:
        connection: to look in.
        answers: a query for `SHOWN`.
        shown: memories and messages.
    """
    left = list(connection.execute(answers))
    seen = {str(one) for one in shown}
    since: dict[SessionId, int] = {}
    for session_id, seq in _positions(connection, seen):
        since[session_id] = min(seq, since.get(session_id, seq))
    found: list[MessageId] = []
    while True:
        new = [
            row
            for row in left
            if row.seq > since.get(row.session_id, row.seq)
            or any(use["id"] in seen for use in row.memories_used)
        ]
        if not new:
            return found
        for row in new:
            found.append(row.id)
            seen.add(str(row.id))
            since[row.session_id] = min(row.seq, since.get(row.session_id, row.seq))
        known = set(found)
        left = [row for row in left if row.id not in known]


def _positions(connection: Connection, ids: Iterable[str]) -> list[tuple[SessionId, int]]:
    return [
        (row.session_id, row.seq)
        for some in batches(map(UUID, ids))
        for row in connection.execute(
            select(_table.c.session_id, _table.c.seq).where(_table.c.id.in_(some))
        )
    ]
