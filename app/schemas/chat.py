from uuid import UUID

from pydantic import Field

from app.core.privacy import EffectivePrivacy, PrivacyLayer, PrivacyMode
from app.models.message import FinishReason, Usage
from app.schemas.fields import Answer, Body, MessageText
from app.schemas.memories import UsedMemory
from app.services.run_events import RunState
from app.services.run_views import RunView


class ChatRequest(Body):
    """A message; `privacy_mode` can make this one turn stricter than its session, never looser."""

    message: MessageText
    privacy_mode: PrivacyMode | None = None


class RegenerateRequest(Body):
    """How much stricter than the session the new answer shall be treated."""

    privacy_mode: PrivacyMode | None = None


class TurnPrivacy(Answer):
    """What a turn was permitted to do."""

    mode: PrivacyMode
    recall: bool
    learn: bool
    retain: bool
    tightened_by: list[PrivacyLayer] = Field(
        description="Who asked for less than everything: the mode of the `session`, the `request`, the "
        "`profile` when its learning is off, and, of an answer that is given anew, the mode in which "
        "the `message` was said. A request that asks for more than its session changes nothing."
    )

    @classmethod
    def of(cls, privacy: EffectivePrivacy) -> "TurnPrivacy":
        """The privacy as clients see it."""
        policy = privacy.policy
        return cls(
            mode=privacy.mode,
            recall=policy.recall,
            learn=policy.learn,
            retain=policy.retain,
            tightened_by=list(privacy.tightened_by),
        )


class UsageAnswer(Answer):
    """Tokens of one answer; an estimate when the model endpoint does not count."""

    input_tokens: int
    output_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, usage: Usage | None) -> "UsageAnswer | None":
        """The usage as clients see it."""
        if usage is None:
            return None
        return cls(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            total_tokens=usage.total_tokens,
        )


class ChatAnswer(Answer):
    """A whole answer, and what it did."""

    run_id: UUID
    session_id: UUID
    message_id: UUID | None
    content: str
    finish_reason: FinishReason
    privacy: TurnPrivacy
    memories_used: list[UsedMemory]
    memory_job_id: UUID | None = Field(
        description="The job that will learn from this turn; null when nothing will be learnt."
    )
    usage: UsageAnswer | None

    @classmethod
    def of(cls, view: RunView) -> "ChatAnswer":
        """The answer as clients see it."""
        answer = view.answer
        return cls(
            run_id=view.id,
            session_id=view.session_id,
            message_id=answer.id if answer else None,
            content=answer.content if answer else "",
            finish_reason=(answer and answer.finish_reason) or FinishReason.CANCELLED,
            privacy=TurnPrivacy.of(view.privacy),
            memories_used=[UsedMemory.of(memory) for memory in view.memories],
            memory_job_id=view.memory_job_id,
            usage=UsageAnswer.of(answer.usage if answer else None),
        )


class RunError(Answer):
    """Why a run failed."""

    type: str
    code: str
    message: str


class RunAnswer(Answer):
    """A run, under way or over."""

    id: UUID
    session_id: UUID
    status: RunState
    message_id: UUID | None
    content: str | None
    finish_reason: FinishReason | None
    privacy: TurnPrivacy
    memories_used: list[UsedMemory]
    memory_job_id: UUID | None
    usage: UsageAnswer | None
    error: RunError | None

    @classmethod
    def of(cls, view: RunView) -> "RunAnswer":
        """The run as clients see it."""
        answer, failure = view.answer, view.failure
        return cls(
            id=view.id,
            session_id=view.session_id,
            status=view.state,
            message_id=view.message_id,
            content=answer.content if answer else None,
            finish_reason=answer.finish_reason if answer else None,
            privacy=TurnPrivacy.of(view.privacy),
            memories_used=[UsedMemory.of(memory) for memory in view.memories],
            memory_job_id=view.memory_job_id,
            usage=UsageAnswer.of(answer.usage if answer else None),
            error=failure
            and RunError(type=failure.slug, code=failure.slug, message=failure.detail),
        )
