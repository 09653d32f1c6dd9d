"""Turns that were asked for under an intent: what they came to, told again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.errors import RunBufferGone, RunNotFound
from app.models.ids import MessageId, RunId, SessionId
from app.models.intent import Outcome
from app.models.message import FinishReason, Message
from app.models.user import Caller
from app.services.answering import (
    completed_fields,
    memory_fields,
    privacy_fields,
    usage_fields,
)
from app.services.run_events import RunEvent, RunState
from app.services.run_views import RunView, RunViews
from app.services.turn import Turn


@dataclass(frozen=True, slots=True)
class IntendedTurn:
    """What a turn was to make."""

    run_id: RunId
    session_id: SessionId
    question_id: MessageId
    message_id: MessageId
    replaced_id: MessageId | None = None
    """The answer that this one was to take the place of."""

    @classmethod
    def of(cls, turn: Turn) -> "IntendedTurn":
        """What the turn is to make."""
        ids = turn.request.ids
        old = turn.replaces.id if turn.replaces else None
        return cls(ids.run_id, turn.session.id, turn.question.id, ids.message_id, old)

    @classmethod
    def made(cls, outcome: Outcome) -> "IntendedTurn":
        """What the outcome of an intent tells of."""
        run_id, session_id, *messages = outcome.made
        return cls(RunId(run_id), SessionId(session_id), *map(MessageId, messages))

    @property
    def ids(self) -> Sequence[UUID]:
        """As an intent keeps it."""
        old = (self.replaced_id,) if self.replaced_id else ()
        return self.run_id, self.session_id, self.question_id, self.message_id, *old

    def waits_in(self, turn: Turn) -> bool:
        """Whether the question is the one of a turn that is opened again, and has no whole answer."""
        old = turn.replaces
        is_whole = old is not None and old.id != self.replaced_id and not self._broke_off(old)
        return turn.question.id == self.question_id and not is_whole

    def _broke_off(self, old: Message) -> bool:
        return old.id == self.message_id and old.finish_reason is FinishReason.ERROR


async def found_again(views: RunViews, caller: Caller, outcome: Outcome) -> RunView | None:
    """The run that an intent came to, under way or answered; None when it can be answered after all.

    Raises:
        RunNotFound: its answer was deleted, or is someone else's.
        WrongProcess: another process has it, and it is not retained.
        PeersUnavailable: another process may have it, and does not answer.
    """
    intended = IntendedTurn.made(outcome)
    try:
        view = await views.get(caller, intended.run_id)
    except RunNotFound:
        if outcome.is_done:
            raise
        return None
    is_whole = view.answer and view.answer.finish_reason is not FinishReason.ERROR
    if is_whole or view.state is RunState.RUNNING:
        return view
    if outcome.is_done:
        raise RunNotFound
    return None


def told_again(view: RunView, *, question_id: MessageId, model: str) -> Sequence[RunEvent]:
    """The events of a run whose own are no longer kept, out of its answer.

    Raises:
        RunBufferGone: the answer called tools, of which nothing else is kept.
    """
    answer = view.answer
    if answer is None or answer.finish_reason is FinishReason.TOOL_CALLS:
        raise RunBufferGone
    told: list[tuple[str, Mapping[str, object]]] = [
        (
            "run.started",
            {
                "run_id": view.id,
                "session_id": view.session_id,
                "user_message_id": question_id,
                "message_id": answer.id,
                "model": model,
                "privacy": privacy_fields(view.privacy),
            },
        )
    ]
    if view.memories:
        told.append(("memory.used", {"memories": [memory_fields(one) for one in view.memories]}))
    if answer.content:
        told.append(("message.delta", {"message_id": answer.id, "delta": answer.content}))
    told.append(("message.completed", completed_fields(answer)))
    if answer.usage is not None:
        told.append(("usage", usage_fields(answer.usage)))
    if view.memory_job_id is not None:
        told.append(("memory.pending", {"job_id": view.memory_job_id}))
    is_cancelled = view.state is RunState.CANCELLED
    told.append(("run.cancelled" if is_cancelled else "run.completed", {}))
    return [RunEvent(number, *one) for number, one in enumerate(told, 1)]
