"""A run of another process, followed as if it were one of this process."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from app.core.errors import AppError
from app.core.privacy import EffectivePrivacy
from app.models.ids import MessageId, ProcessId, RunId, SessionId, UserId
from app.services.run_events import TERMINAL, RunEvent, RunState

logger = logging.getLogger(__name__)

LIVELY_S: Final = 2.0
"""Whoever tells of a run says so often that it still does."""
SILENT_S: Final = 3 * LIVELY_S
PATIENCE_S: Final = 30.0
"""How long somebody who follows waits for a process, or for the bus, to come back."""


@dataclass(frozen=True, slots=True)
class RunTrace:
    """What is known of a run of another process: no words."""

    id: RunId
    session_id: SessionId
    message_id: MessageId
    state: RunState
    privacy: EffectivePrivacy


class Exchange(Protocol):
    """Where runs of other processes are heard of."""

    def subscribe(
        self, run: "RemoteRun", *, after: int, receive: Callable[[Mapping[str, Any]], None]
    ) -> str:
        """The number of a telling: its events come to `receive` until `leave`, or are lost."""
        ...

    def leave(self, number: str, *, process_id: ProcessId) -> None:
        """Nothing more comes of a telling."""
        ...

    async def find(self, user_id: UserId, run_id: RunId) -> "RemoteRun | None":
        """The run, where another process has it; None where no other has."""
        ...


class RemoteRun:
    """A run that another process carries out, or has lately."""

    def __init__(
        self, exchange: Exchange, trace: RunTrace, *, user_id: UserId, process_id: ProcessId
    ) -> None:
        self.trace: Final = trace
        self.user_id: Final = user_id
        self.process_id: Final = process_id
        self._exchange = exchange

    async def follow(
        self, *, after: int = 0, silence_s: float | None = None
    ) -> AsyncGenerator[Sequence[RunEvent]]:
        """The events after number `after` as they happen, as `Run.follow` has them.

        What is lost on the way is asked for again. When the process that carries the run out has
        ended, the last event says so; when nothing is heard of it, the stream breaks off.
        """
        following = _Following(self._exchange, self, position=after)
        loop = asyncio.get_running_loop()
        told_at_s = loop.time()
        try:
            following.begin()
            while not following.is_over:
                events = await following.next()
                now_s = loop.time()
                if events or (silence_s is not None and now_s - told_at_s >= silence_s):
                    told_at_s = now_s
                    yield events
        finally:
            following.end()


class _Following:
    """One who follows: up to which event, and since when there has been silence."""

    def __init__(self, exchange: Exchange, run: RemoteRun, *, position: int) -> None:
        self._exchange = exchange
        self._run = run
        self._position = position
        self._told: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._number: str | None = None
        self._heard_at_s = asyncio.get_running_loop().time()
        self.is_over = False

    def begin(self) -> None:
        """Events after the position are on their way."""
        self._told = asyncio.Queue()
        self._number = self._exchange.subscribe(
            self._run, after=self._position, receive=self._told.put_nowait
        )

    def end(self) -> None:
        """Nothing more is heard."""
        if self._number is not None:
            self._exchange.leave(self._number, process_id=self._run.process_id)
            self._number = None

    async def next(self) -> Sequence[RunEvent]:
        """What is heard next; empty when that is nothing new."""
        try:
            async with asyncio.timeout(SILENT_S):
                told = await self._told.get()
        except TimeoutError:
            return await self._look_for_it()
        self._heard_at_s = asyncio.get_running_loop().time()
        if told.get("gone"):
            return await self._look_for_it()
        if told.get("over"):
            self.is_over = True
            return ()
        return self._new_of(told)

    def _new_of(self, told: Mapping[str, Any]) -> Sequence[RunEvent]:
        events = [
            RunEvent(number, kind, fields)
            for number, kind, fields in told["events"]
            if number > self._position
        ]
        if not events:
            return ()
        if events[0].id != self._position + 1:
            self.end()
            self.begin()
            return ()
        self._position = events[-1].id
        self.is_over = events[-1].type in TERMINAL
        return events

    async def _look_for_it(self) -> Sequence[RunEvent]:
        """Whoever has the run tells from here on; nobody has it when its process has ended."""
        self.end()
        try:
            found = await self._exchange.find(self._run.user_id, self._run.trace.id)
        except AppError as error:
            silent_s = asyncio.get_running_loop().time() - self._heard_at_s
            logger.warning("a run is not heard of", extra={"error": error.slug})
            self.is_over = silent_s > PATIENCE_S
            return ()
        if found is None:
            self.is_over = True
            return [RunEvent(self._position + 1, "run.failed", dict(_INTERRUPTED))]
        self._run = found
        self.begin()
        return ()


_INTERRUPTED: Final[Mapping[str, object]] = {
    "error": {
        "type": "interrupted",
        "code": "interrupted",
        "message": "The process that wrote this answer has ended",
    },
    "retryable": True,
}
