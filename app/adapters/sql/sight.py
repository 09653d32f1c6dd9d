"""Which answers were written in the sight of something."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.models.ids import MessageId, SessionId


def that_saw(
    answers: Sequence[Any], *, seen: set[str], positions: Iterable[Any]
) -> list[MessageId]:
    """The answers after one of the positions, that used one of `seen`, or such an answer."""
    seen = set(seen)
    since: dict[SessionId, int] = {}
    for row in positions:
        since[row.session_id] = min(row.seq, since.get(row.session_id, row.seq))
    found: list[MessageId] = []
    left = list(answers)
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
