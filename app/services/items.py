"""Messages of a session one by one, from either end: those that are not kept come last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.privacy import POLICIES
from app.core.surface_errors import ItemNotFound
from app.models.ids import MessageId, SessionId
from app.models.message import Message
from app.models.page import PageKey
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.holding import Holdings
from app.services.turn_parts import Substitutions

_ALL_HELD: Final = 1_000_000
"""More messages than a session in a process's memory has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Which messages are wanted."""

    after: MessageId | None
    """Those that come after this one, in the order of the list."""
    limit: int
    ascending: bool
    """The oldest first, else the newest."""


class Items:
    """Reads a session's messages as lists of items."""

    def __init__(self, database: Database, *, parts: Substitutions, holdings: Holdings) -> None:
        self._database = database
        self._parts = parts
        self._holdings = holdings

    async def page(
        self,
        caller: Caller,
        session_id: SessionId,
        stretch: Stretch,
    ) -> tuple[Sequence[Message], bool]:
        """The messages, and whether there are more of them.

        Raises:
            SessionNotFound: absent, or someone else's.
            ItemNotFound: what they come after is not in the session.
            WrongProcess: another process holds what was said.
        """

        def work(tx: Transaction) -> tuple[Sequence[Message], bool]:
            session = tx.sessions.get(session_id, owner=caller.user_id)
            wanted = stretch.limit + 1
            held = self._held(tx, session)
            there = (
                self._forwards(tx, session, held, stretch, limit=wanted)
                if stretch.ascending
                else self._backwards(tx, session, held, stretch, limit=wanted)
            )
            return there[: stretch.limit], len(there) > stretch.limit

        return await self._database.read(work, by=caller)

    async def get(self, caller: Caller, session_id: SessionId, message_id: MessageId) -> Message:
        """The message.

        Raises:
            SessionNotFound: absent, or someone else's.
            ItemNotFound: it is not in the session.
            WrongProcess: another process holds what was said.
        """

        def work(tx: Transaction) -> Message:
            session = tx.sessions.get(session_id, owner=caller.user_id)
            return self._find(tx, session, self._held(tx, session), message_id)

        return await self._database.read(work, by=caller)

    def _held(self, tx: Transaction, session: Session) -> Sequence[Message]:
        """What is in this process's memory only, oldest first."""
        if POLICIES[session.privacy_mode].retain:
            return ()
        self._holdings.require(tx, session.id)
        return self._parts.unkept.recent(tx, session, limit=_ALL_HELD)

    def _find(
        self,
        tx: Transaction,
        session: Session,
        held: Sequence[Message],
        message_id: MessageId,
    ) -> Message:
        kept = tx.messages.by_ids([message_id], owner=session.user_id)
        there = (one for one in (*held, *kept) if one.session_id == session.id)
        found = next((one for one in there if one.id == message_id), None)
        if found is None:
            raise ItemNotFound
        return found

    def _forwards(
        self,
        tx: Transaction,
        session: Session,
        held: Sequence[Message],
        stretch: Stretch,
        *,
        limit: int,
    ) -> Sequence[Message]:
        seq = 0
        if stretch.after is not None:
            last = self._find(tx, session, held, stretch.after)
            if last in held:
                return held[held.index(last) + 1 :][:limit]
            seq = last.seq
        kept = tx.messages.after_seq(session.id, seq=seq, limit=limit)
        return [*kept, *held][:limit]

    def _backwards(
        self,
        tx: Transaction,
        session: Session,
        held: Sequence[Message],
        stretch: Stretch,
        *,
        limit: int,
    ) -> Sequence[Message]:
        before, newest = None, held
        if stretch.after is not None:
            last = self._find(tx, session, held, stretch.after)
            newest = held[: held.index(last)] if last in held else ()
            before = None if last in held else PageKey(id=last.id, seq=last.seq)
        shown = list(reversed(newest))[:limit]
        if room := limit - len(shown):
            page = self._parts.kept.page(tx, session, before=before, limit=room)
            shown += reversed(page.items)
        return shown
