"""Runs that a request starts, or that the same request has started before."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from app.api.deps import Services
from app.api.repeating import Repeating
from app.core.errors import Conflict, RunBufferGone, RunInProgress
from app.core.repeat_errors import StillAnswering
from app.models.ids import time_of
from app.models.intent import Intent, Outcome
from app.models.user import Caller
from app.services.intended import IntendedTurn, found_again, told_again
from app.services.run_events import RunEvent, RunState
from app.services.run_views import RunView
from app.services.runs import Run


@dataclass(frozen=True, slots=True)
class Again:
    """A run that the same request has started before, under way or answered."""

    view: RunView
    intended: IntendedTurn

    def answered(self) -> RunView:
        """The run, which has ended.

        Raises:
            StillAnswering: it has not.
        """
        if self.view.state is RunState.RUNNING:
            raise StillAnswering
        return self.view

    @property
    def began_at(self) -> datetime:
        """When it was started."""
        return time_of(self.view.id)

    async def log(self, services: Services, caller: Caller) -> Sequence[RunEvent]:
        """All events of a run that has ended.

        Raises:
            RunBufferGone: they cannot be told from its answer.
        """
        async with aclosing(await self.events(services, caller)) as batches:
            return [event async for events in batches for event in events]

    async def events(
        self, services: Services, caller: Caller
    ) -> AsyncGenerator[Sequence[RunEvent]]:
        """All of its events, those to come as they happen; out of its answer when they are not kept.

        Raises:
            RunBufferGone: they cannot be told from its answer.
        """
        try:
            run = await services.run_views.followable(caller, self.view.id)
        except RunBufferGone:
            question_id, model = self.intended.question_id, services.llm.name
            return _at_once(told_again(self.view, question_id=question_id, model=model))
        return run.follow(silence_s=services.keepalive_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Starting:
    """How a request starts its run."""

    anew: Callable[[Intent | None], Awaitable[Run]]
    after_all: Callable[[IntendedTurn, Intent], Awaitable[Run]]
    """Of one that was started before, and got no answer."""


async def begun(
    repeating: Repeating, services: Services, caller: Caller, starting: Starting
) -> Run | Again:
    """The run that the request starts, or has started when it came before.

    Raises:
        KeyReused: the key stands for another request.
        StillAnswering: what was started before has neither ended, nor can be followed.
        NotFound: what it came to is gone.
        AppError: as the starting of a run says.
    """
    intent = await repeating.intent(caller)
    outcome = await repeating.outcome(caller, intent)
    if intent is None or outcome is None:
        try:
            return await starting.anew(intent)
        except Conflict:
            outcome = await repeating.outcome(caller, intent)
            if intent is None or outcome is None:
                raise
    return await _again(repeating, services, caller, starting, intent, outcome)


async def _again(
    repeating: Repeating,
    services: Services,
    caller: Caller,
    starting: Starting,
    intent: Intent,
    outcome: Outcome,
) -> Run | Again:
    intended = IntendedTurn.made(outcome)
    view = await found_again(services.run_views, caller, outcome)
    if view is None:
        try:
            return await starting.after_all(intended, intent)
        except RunInProgress as error:
            raise StillAnswering(retry_after_s=error.retry_after_s) from None
    repeating.tell_replayed()
    return Again(view, intended)


async def _at_once(events: Sequence[RunEvent]) -> AsyncGenerator[Sequence[RunEvent]]:
    yield events
