"""Which process holds the words of a session's incognito turns: only that one can go on with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from app.core.process_errors import WrongProcess
from app.models.clock import Clock, Stopwatch
from app.models.ids import MessageId, ProcessId, SessionId
from app.models.message import Message
from app.models.page import Page, PageKey
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.ports.transcript import Removed, Transcript


class Holdings(Protocol):
    """Whether the words of a session that are kept nowhere may be looked for in this process."""

    def require(self, tx: Transaction, session_id: SessionId) -> None:
        """Returns when no other process holds the session's words.

        Raises:
            WrongProcess: another does.
        """
        ...

    def claim(self, tx: Transaction, session: Session, *, caller: Caller) -> None:
        """This process holds the session's words.

        Raises:
            WrongProcess: another does.
        """
        ...

    def end(self, tx: Transaction, session_id: SessionId) -> None:
        """Nobody holds the session's words: whoever did forgets them."""
        ...


class HeldAlone:
    """The holdings of a process that has its database to itself: everything."""

    def require(self, tx: Transaction, session_id: SessionId) -> None:
        """Nobody else holds anything."""

    def claim(self, tx: Transaction, session: Session, *, caller: Caller) -> None:
        """Nobody else could."""

    def end(self, tx: Transaction, session_id: SessionId) -> None:
        """The process itself forgets, and there is no other."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a process knows of a session that it holds."""

    epoch: int
    claimed_at_s: float


class SharedHoldings:
    """The holdings of one of several processes, as the database has them. Safe to use from its threads.

    A process that has ended holds nothing: its words are gone, and the session begins anew in
    whichever process comes next.
    """

    def __init__(self, me: ProcessId, *, clock: Clock, uptime_s: Stopwatch) -> None:
        self.me = me
        self._clock = clock
        self._uptime_s = uptime_s
        self._claims: dict[SessionId, Claim] = {}
        self._lock = Lock()

    def require(self, tx: Transaction, session_id: SessionId) -> None:
        """Returns when no other process that is alive holds the session's words.

        Raises:
            WrongProcess: another does.
        """
        holder = tx.processes.holder(session_id, now=self._clock())
        if holder not in {None, self.me}:
            raise WrongProcess

    def claim(self, tx: Transaction, session: Session, *, caller: Caller) -> None:
        """This process holds the session's words.

        Raises:
            WrongProcess: another that is alive does.
        """
        epoch = tx.processes.hold(
            session, by=self.me, tenant_id=caller.tenant_id, now=self._clock()
        )
        if epoch is None:
            raise WrongProcess
        with self._lock:
            self._claims[session.id] = Claim(epoch, self._uptime_s())

    def end(self, tx: Transaction, session_id: SessionId) -> None:
        """Nobody holds the session's words: whoever did forgets them."""
        tx.processes.end_holding(session_id)

    def claims(self) -> Mapping[SessionId, Claim]:
        """The sessions that this process holds, as far as it knows."""
        with self._lock:
            return dict(self._claims)

    def drop(self, session_id: SessionId, claim: Claim) -> None:
        """The process holds nothing of a session, unless it has claimed it anew since."""
        with self._lock:
            if self._claims.get(session_id) == claim:
                del self._claims[session_id]


class HeldTranscript:
    """A transcript that is in one process's memory, and nowhere else: others say so."""

    def __init__(self, inner: Transcript, holdings: Holdings) -> None:
        self._inner = inner
        self._holdings = holdings

    def recent(self, tx: Transaction, session: Session, *, limit: int) -> Sequence[Message]:
        """The newest `limit` messages, oldest first.

        Raises:
            WrongProcess: they are another's.
        """
        self._holdings.require(tx, session.id)
        return self._inner.recent(tx, session, limit=limit)

    def append(
        self,
        tx: Transaction,
        session: Session,
        messages: Sequence[Message],
        *,
        caller: Caller,
        answered: bool,
    ) -> Sequence[Message]:
        """The messages at the end of the session, with their positions.

        Raises:
            WrongProcess: another process holds what comes before them.
        """
        self._holdings.claim(tx, session, caller=caller)
        return self._inner.append(tx, session, messages, caller=caller, answered=answered)

    def answer(
        self, tx: Transaction, session: Session, answer: Message, *, to: MessageId, caller: Caller
    ) -> Message | None:
        """The answer at the end of the session; None when the question is gone meanwhile."""
        return self._inner.answer(tx, session, answer, to=to, caller=caller)

    def remove(self, tx: Transaction, message: Message, *, caller: Caller) -> Removed:
        """The message is gone."""
        return self._inner.remove(tx, message, caller=caller)

    def page(
        self, tx: Transaction, session: Session, *, before: PageKey | None, limit: int
    ) -> Page[Message]:
        """The newest `limit` messages before position `before.seq`, oldest first.

        Raises:
            WrongProcess: they are another's.
        """
        self._holdings.require(tx, session.id)
        return self._inner.page(tx, session, before=before, limit=limit)

    def entitle(self, tx: Transaction, session: Session, title: str) -> None:
        """The session has this title, if it had none."""
        self._inner.entitle(tx, session, title)
