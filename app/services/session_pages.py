from collections.abc import Sequence
from dataclasses import replace

from app.core.privacy import POLICIES
from app.models.message import Message
from app.models.page import Page, PageKey
from app.models.session import Session
from app.ports.database import Transaction
from app.services.turn_parts import Substitutions


def both_pages(
    tx: Transaction,
    session: Session,
    parts: Substitutions,
    *,
    before: PageKey | None,
    limit: int,
) -> Page[Message]:
    """The newest messages before a position, oldest first; those that are not kept come last.

    Kept messages have positive keys. The others follow them, under negative ones.

    A single turn that was not kept in a session that is leaves no trace in its list.
    """
    if POLICIES[session.privacy_mode].retain:
        return parts.kept.page(tx, session, before=before, limit=limit)
    position = before.seq if before and before.seq is not None else None
    unkept: Sequence[Message] = ()
    if position is None or position < 0:
        upto = PageKey(id=session.id, seq=-position) if position else None
        page = parts.unkept.page(tx, session, before=upto, limit=limit)
        if page.next_key is not None and page.next_key.seq is not None:
            return replace(page, next_key=PageKey(id=session.id, seq=-page.next_key.seq))
        unkept, before = page.items, PageKey(id=session.id, seq=session.next_seq)
    room = limit - len(unkept)
    if room == 0:
        return Page(items=unkept, next_key=before if session.message_count else None)
    kept = parts.kept.page(tx, session, before=before, limit=room)
    return Page(items=[*kept.items, *unkept], next_key=kept.next_key)
