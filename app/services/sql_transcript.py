from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from app.models.clock import Clock
from app.models.ids import JobId, MessageId
from app.models.message import Message, Role
from app.models.page import Page, PageKey
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.ports.transcript import Removed
from app.services.consequences import Going
from app.services.erasing import forget


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPace:
    """When enough was said to learn from it."""

    turns: int
    """As soon as so many turns have ended."""
    idle_s: float
    """Or nothing was said for so long after an answer."""
    max_wait_s: float
    """And at the latest so long after the first message, answered or not."""


class SqlTranscript:
    """Words that are kept: rows, what the index must follow, and the job that will learn from them.

    Everything that follows from a message is written in the message's own transaction.
    """

    def __init__(self, *, pace: LearningPace, clock: Clock) -> None:
        self._idle = timedelta(seconds=pace.idle_s)
        self._max_wait = timedelta(seconds=pace.max_wait_s)
        self._turns = pace.turns
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
        with_jobs = [
            _with_job(message, job_id)
            for some in _batches(messages, turns=self._turns)
            for job_id in [self._job_of(tx, session, some, caller=caller, answered=answered)]
            for message in some
        ]
        placed = tx.messages.append(with_jobs, tenant_id=caller.tenant_id)
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
            self._job_of(tx, session, [question], caller=caller, answered=True)
        return self.append(tx, session, [answer], caller=caller, answered=True)[0]

    def remove(self, tx: Transaction, message: Message, *, caller: Caller) -> Removed:
        """What went with the message: whatever was known from it alone."""
        erased = forget(tx, caller, Going(messages=[message.id]))
        return Removed(erased.ids, {*erased.unlearnt, *erased.quoting})

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

    def _job_of(
        self,
        tx: Transaction,
        session: Session,
        messages: Sequence[Message],
        *,
        caller: Caller,
        answered: bool,
    ) -> JobId | None:
        """The job that learns from these: soon after an answer, else when none comes for long."""
        if not any(message.learnable for message in messages):
            return None
        now = self._clock()
        return tx.jobs.join(
            session.namespace,
            tenant_id=caller.tenant_id,
            now=now,
            run_at=now + (self._idle if answered else self._max_wait),
            latest=now + self._max_wait,
            turns=max(1, _questions(messages)) if answered else 0,
            enough=self._turns,
        )


def _batches(messages: Sequence[Message], *, turns: int) -> Iterator[Sequence[Message]]:
    """The messages in their order, so many turns at a time: what a model can read at once."""
    size = 2 * turns
    yield from (messages[start : start + size] for start in range(0, len(messages), size))


def _questions(messages: Sequence[Message]) -> int:
    return sum(message.role is Role.USER for message in messages)


def _with_job(message: Message, job_id: JobId | None) -> Message:
    return replace(message, job_id=job_id) if message.learnable else message
