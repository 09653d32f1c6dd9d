from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from app.models.clock import Clock
from app.models.ids import JobId, MessageId
from app.models.message import Message
from app.models.page import Page, PageKey
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.forgetting import forget_messages


class SqlTranscript:
    """Words that are kept: rows, what the index must follow, and the job that will learn from them.

    Everything that follows from a message is written in the message's own transaction.
    """

    def __init__(self, *, idle_s: float, max_wait_s: float, clock: Clock) -> None:
        self._idle = timedelta(seconds=idle_s)
        self._max_wait = timedelta(seconds=max_wait_s)
        self._clock = clock

    def recent(self, tx: Transaction, session: Session, *, limit: int) -> Sequence[Message]:
        """The newest `limit` messages, oldest first."""
        return tx.messages.recent(session.id, limit=limit)

    def append(
        self,
        tx: Transaction,
        session: Session,
        messages: Sequence[Message],
        *,
        caller: Caller,
        answered: bool,
    ) -> Sequence[Message]:
        """The messages at the end of the session, with their positions."""
        learnable = any(message.learnable for message in messages)
        job_id = self._join(tx, session, caller, at_once=answered) if learnable else None
        placed = tx.messages.append(
            [_with_job(message, job_id) for message in messages], tenant_id=caller.tenant_id
        )
        tx.index_changes.mark(
            session.namespace,
            [message.id for message in placed if message.searchable],
            tenant_id=caller.tenant_id,
            is_episode=True,
        )
        if names := [message.name for message in messages if message.name]:
            tx.profiles.add_speakers(session.profile_id, names)
        return placed

    def answer(
        self, tx: Transaction, session: Session, answer: Message, *, to: MessageId, caller: Caller
    ) -> Message | None:
        """The answer at the end of the session; None when the question is gone meanwhile."""
        question = next(iter(tx.messages.by_ids([to], owner=caller.user_id)), None)
        if question is None:
            return None
        if question.learnable and not answer.learnable:
            self._join(tx, session, caller, at_once=True)
        return self.append(tx, session, [answer], caller=caller, answered=True)[0]

    def remove(self, tx: Transaction, message: Message, *, caller: Caller) -> None:
        """The message is gone, and whatever was known from it alone."""
        forget_messages(tx, [message], caller=caller)

    def page(
        self, tx: Transaction, session: Session, *, before: PageKey | None, limit: int
    ) -> Page[Message]:
        """The newest `limit` messages before position `before.seq`, oldest first."""
        return tx.messages.page(session.id, owner=session.user_id, before=before, limit=limit)

    def entitle(self, tx: Transaction, session: Session, title: str) -> None:
        """The session has this title, if it had none."""
        if session.title is None:
            tx.sessions.update(
                session.id, owner=session.user_id, changes={"title": title}, at=self._clock()
            )

    def _join(self, tx: Transaction, session: Session, caller: Caller, *, at_once: bool) -> JobId:
        """The job that learns from this: soon after an answer, else when none comes for long."""
        now = self._clock()
        return tx.jobs.join(
            session.namespace,
            tenant_id=caller.tenant_id,
            now=now,
            run_at=now + (self._idle if at_once else self._max_wait),
            latest=now + self._max_wait,
        )


def _with_job(message: Message, job_id: JobId | None) -> Message:
    return replace(message, job_id=job_id) if message.learnable else message
