"""Runs whose failure, if they fail at once, is still an HTTP status and no event of a stream."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from starlette.types import Receive

from app.api.hangup import until_gone
from app.services.run_events import RunEvent, RunState
from app.services.runs import Run

_UNDECIDED: Final = frozenset({"run.started", "memory.used"})
"""After these, a run may still fail without a word."""


class BegunRun:
    """The events of a run from its first, once it is known whether it begins to answer.

    It has one follower, and may end when that one hangs up.
    """

    def __init__(self, run: Run, *, silence_s: float, ends_with_client: bool) -> None:
        self._run = run
        self._ends_with_client = ends_with_client
        self._batches = run.follow(silence_s=silence_s)
        self._seen: list[RunEvent] = []

    async def begin(self, receive: Receive) -> None:
        """Returns when it has begun to answer, or is silent for long.

        Raises:
            AppError: why it has failed before that.
        """
        await until_gone(self._begin(), receive)
        result = self._run.result
        if self._run.state is RunState.FAILED and result and result.failure and not self._is_heard:
            await self._batches.aclose()
            raise result.failure

    async def events(self) -> AsyncGenerator[Sequence[RunEvent]]:
        """All of its events as they happen; none whenever it has been silent for long."""
        try:
            async with aclosing(self._batches) as batches:
                yield self._seen
                async for events in batches:
                    yield events
        finally:
            if self._ends_with_client:
                self._run.cancel()

    @property
    def _is_heard(self) -> bool:
        return any(one.type in {"message.delta", "tool.call"} for one in self._seen)

    async def _begin(self) -> None:
        async for events in self._batches:
            self._seen.extend(events)
            if not events or any(one.type not in _UNDECIDED for one in events):
                return
