from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from app.models.ids import MessageId
from app.models.message import Message
from app.models.page import Page, PageKey
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction


@dataclass(frozen=True, slots=True)
class Removed:
    """What went with a message that gave way to another one."""

    ids: Collection[UUID] = ()
    """Of messages and memories that are gone."""
    unlearnt: Collection[MessageId] = ()
    """Answers that had read one of these: they stay, and are neither learnt from nor found any more."""


class Transcript(Protocol):
    """Where the words of a session's turns are kept: for good, or for as long as nobody looks away.

    All of it happens inside the transaction that is passed, so that a turn is opened and closed
    in one piece wherever its words go.
    """

    def recent(self, tx: Transaction, session: Session, *, limit: int) -> Sequence[Message]:
        """The newest `limit` messages, oldest first."""
        ...

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

        Args:
            tx: the transaction to do it in.
            session: of all the messages.
            messages: in the order in which they were said.
            caller: their owner.
            answered: False when an answer will follow soon, which learning may wait for.
        """
        ...

    def answer(
        self, tx: Transaction, session: Session, answer: Message, *, to: MessageId, caller: Caller
    ) -> Message | None:
        """The answer at the end of the session; None when the question is gone meanwhile."""
        ...

    def remove(self, tx: Transaction, message: Message, *, caller: Caller) -> Removed:
        """What went with the message: whatever was known from it alone."""
        ...

    def page(
        self, tx: Transaction, session: Session, *, before: PageKey | None, limit: int
    ) -> Page[Message]:
        """The newest `limit` messages before position `before.seq`, oldest first."""
        ...

    def entitle(self, tx: Transaction, session: Session, title: str) -> None:
        """The session has this title, if it had none."""
        ...
