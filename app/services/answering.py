"""Producing an answer: the work of a run, between the two transactions of its turn."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from app.core.errors import AppError
from app.core.metrics import Metrics
from app.core.privacy import EffectivePrivacy
from app.models.clock import Clock
from app.models.ids import JobId
from app.models.memory import Recalled
from app.models.message import FinishReason, Message, Usage
from app.ports.chat_model import Finished, TextDelta, ToolCallDelta
from app.ports.database import Database
from app.ports.transcript import Removed
from app.services.llm_service import Answer, LLMService
from app.services.prompts import PackedAnswer, PromptBuilder
from app.services.recall import ContextTail
from app.services.run_result import RunResult
from app.services.runs import Run
from app.services.turn import Closed, Draft, Turn
from app.services.turn_memory import Recollection
from app.services.turns import TurnDesk

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Speech:
    """What a run has heard from the model so far."""

    begun: bool = False
    """Whether a word has come, or a call of a tool."""
    pieces: list[str] = field(default_factory=list)
    memories: Sequence[Recalled] = ()
    shown: Sequence[Message] = ()
    finish_reason: FinishReason = FinishReason.CANCELLED
    finished: bool = False
    """Whether the model ended by itself, possibly without a word, as content filters do."""
    usage: Usage | None = None
    answer: Answer | None = None
    """Of the model, once it is asked."""
    only_quotes: bool = False
    failure: AppError | None = None

    def draft(self) -> Draft | None:
        """What is worth writing down; None when there was neither a word nor an end."""
        if not self.pieces and not self.finished:
            return None
        return Draft(
            content="".join(self.pieces),
            finish_reason=FinishReason.ERROR if self.failure else self.finish_reason,
            usage=self.usage,
            only_quotes=self.only_quotes,
            recalled=self.memories,
        )

    def spent(self) -> Usage | None:
        """What the model was asked for and said; None when it was not asked, or never answered."""
        if self.usage is not None or self.answer is None:
            return self.usage
        return None if self.failure and not self.begun else self.answer.so_far()


class Answerer:
    """Recalls, asks the model, and tells the run what happens."""

    def __init__(
        self,
        database: Database,
        *,
        desk: TurnDesk,
        llm: LLMService,
        prompts: PromptBuilder,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._database = database
        self._desk = desk
        self._llm = llm
        self._prompts = prompts
        self._metrics = metrics
        self._clock = clock

    async def produce(self, turn: Turn, run: Run) -> Removed:
        """What went with the answer that was replaced; the run has ended.

        What was said is where the turn's policy wants it.
        """
        run.publish(
            "run.started",
            run_id=run.id,
            session_id=run.session_id,
            user_message_id=turn.question.id,
            message_id=run.ids.message_id,
            model=self._llm.name,
            privacy=privacy_fields(run.privacy),
        )
        speech = _Speech()
        with self._metrics.runs_active.track_inprogress(), run.scope:
            await self._speak(turn, run, speech)
        closed = await self._close(turn, speech)
        answer = closed.answer
        job_id = answer.job_id if answer and answer.job_id else turn.question.job_id
        run.came_to(
            RunResult(
                answer=answer,
                memories=speech.memories,
                memory_job_id=job_id,
                failure=speech.failure,
            )
        )
        _conclude(run, speech, answer, job_id)
        self._metrics.runs.labels(run.state).inc()
        return closed.removed

    async def _close(self, turn: Turn, speech: _Speech) -> Closed:
        """What came of the turn; the answer of a conversation that its client keeps is its own."""
        draft, spent = speech.draft(), speech.spent()
        if turn.is_supplied:
            await self._settle(turn, spent)
            return Closed(self._desk.unkept(turn, draft) if draft else None)
        try:
            return await self._database.write(
                lambda tx: self._desk.close(tx, turn, draft, shown=speech.shown, spent=spent),
                by=turn.request.caller,
            )
        except AppError as error:
            speech.failure = error
            return Closed(None)

    async def _settle(self, turn: Turn, spent: Usage | None) -> None:
        """What cannot be written down now is lost, and what was held for it runs out."""
        try:
            await self._database.write(
                lambda tx: self._desk.settle(tx, turn, spent), by=turn.request.caller
            )
        except AppError as error:
            logger.warning("usage was not counted", extra={"error": type(error).__name__})

    async def _speak(self, turn: Turn, run: Run, speech: _Speech) -> None:
        try:
            packed = await self._prompt(turn, run)
            speech.memories, speech.shown = packed.memories, packed.history
            async with self._llm.stream(packed.prompt) as answer:
                speech.answer = answer
                await self._relay(answer, run, speech)
        except AppError as error:
            speech.failure = error

    async def _prompt(self, turn: Turn, run: Run) -> PackedAnswer:
        now = self._clock().astimezone(turn.zone)
        history = self._prompts.fitting(
            turn.history, profile=turn.profile, message=turn.question.content, now=now
        )
        recollection = await self._recall(turn, history)
        memories = recollection.memories
        if turn.is_supplied and turn.talk:
            packed = self._prompts.supplied(
                turn.talk, profile=turn.profile, now=now, memories=memories
            )
        else:
            packed = self._prompts.answer(
                profile=turn.profile,
                message=turn.question.content,
                now=now,
                memories=memories,
                history=history,
                talk=turn.talk,
            )
        if packed.memories or recollection.unavailable:
            run.publish(
                "memory.used",
                memories=[memory_fields(memory) for memory in packed.memories],
                **({"unavailable": True} if recollection.unavailable else {}),
            )
        return packed

    async def _recall(self, turn: Turn, history: Sequence[Message]) -> Recollection:
        """What is remembered, but for what the model is shown anyway."""
        from_position = history[0].seq if history else turn.question.seq
        if turn.is_supplied:
            from_position = 0
        with self._metrics.recall_seconds.time():
            recollection = await turn.parts.memory.recall(
                turn.profile,
                turn.question.content,
                by=turn.request.caller,
                shown=ContextTail(turn.session.id, from_position),
                further=turn.further,
            )
        if recollection.unavailable:
            self._metrics.recall_failures.inc()
        return recollection

    async def _relay(self, answer: Answer, run: Run, speech: _Speech) -> None:
        async for piece in answer:
            if isinstance(piece, Finished):
                speech.finish_reason, speech.usage = piece.reason, piece.usage
                speech.finished = True
                continue
            if not speech.begun:
                waited_s = (self._clock() - run.started_at).total_seconds()
                self._metrics.first_token_seconds.observe(max(0.0, waited_s))
                speech.begun, speech.only_quotes = True, answer.only_quotes
            if isinstance(piece, TextDelta):
                speech.pieces.append(piece.text)
                run.publish("message.delta", message_id=run.ids.message_id, delta=piece.text)
            else:
                run.publish("tool.call", message_id=run.ids.message_id, **call_fields(piece))


def _conclude(run: Run, speech: _Speech, answer: Message | None, job_id: JobId | None) -> None:
    """Says how it ended: everything else first, the terminal event last."""
    if speech.failure is not None:
        error = speech.failure
        run.publish(
            "run.failed",
            error={"type": error.slug, "code": error.slug, "message": error.detail},
            retryable=error.retryable,
        )
        return
    if answer is not None:
        run.publish("message.completed", **completed_fields(answer))
        if answer.usage is not None:
            run.publish("usage", **usage_fields(answer.usage))
        _tell_learning(run, job_id)
    stopped = run.scope.cancelled_caught or answer is None
    run.publish("run.cancelled" if stopped else "run.completed")


def _tell_learning(run: Run, job_id: JobId | None) -> None:
    policy = run.privacy.policy
    if policy.learn and job_id is not None:
        run.publish("memory.pending", job_id=job_id)
    elif policy.learn:
        run.publish("memory.skipped", reason="nothing_to_save")
    else:
        run.publish("memory.skipped", reason="paused" if policy.retain else "incognito")


def privacy_fields(privacy: EffectivePrivacy) -> Mapping[str, object]:
    """What a turn may do, as clients are told."""
    policy = privacy.policy
    return {
        "mode": privacy.mode,
        "recall": policy.recall,
        "learn": policy.learn,
        "retain": policy.retain,
        "tightened_by": list(privacy.tightened_by),
    }


def memory_fields(memory: Recalled) -> Mapping[str, object]:
    """A memory that was read, as clients are told."""
    return {
        "id": memory.id,
        "memory_profile_id": memory.profile_id,
        "content": memory.content,
        "score": round(memory.score, 4),
        "layer": memory.layer,
        "terms": memory.terms,
        "kind": memory.kind,
        "source_message_ids": list(memory.source_message_ids),
        "source_document_id": memory.quote.document_id if memory.quote else None,
        "quote": asdict(memory.quote) if memory.quote else None,
    }


def completed_fields(answer: Message) -> Mapping[str, object]:
    """An answer, whole or broken off, as clients are told."""
    return {
        "message_id": answer.id,
        "finish_reason": answer.finish_reason,
        "content": answer.content,
    }


def call_fields(call: ToolCallDelta) -> Mapping[str, object]:
    """The next piece of a call, as clients are told."""
    return {
        "index": call.index,
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }


def usage_fields(usage: Usage) -> Mapping[str, int]:
    """Tokens, as clients are told."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
    }
