"""Runs: the producing of answers, their event logs, and those who follow them."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import anyio

from app.core.errors import Draining, Overloaded, RunNotFound
from app.core.privacy import EffectivePrivacy
from app.models.clock import Stopwatch
from app.models.ids import MessageId, ProfileId, RunId, SessionId, UserId, new_id
from app.models.usage import Reservation
from app.services.run_events import TERMINAL, UNEXPECTED, RunEvent, RunState, without
from app.services.run_result import RunResult
from app.services.supplied import SuppliedTalk

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIds:
    """The names of a run and of what it will write, known before it begins."""

    run_id: RunId = field(default_factory=lambda: RunId(new_id()))
    message_id: MessageId = field(default_factory=lambda: MessageId(new_id()))
    """Of the answer."""
    lease_token: UUID = field(default_factory=uuid4)


class Run:
    """An answer under way, or lately ended: its log of events, which any number may follow.

    `ephemeral` runs live for their followers: when the last one leaves, the run is cancelled. So do
    supplied ones, whose conversation only their client has: they hold no session's lease.
    """

    def __init__(
        self,
        ids: RunIds,
        *,
        session_id: SessionId,
        profile_id: ProfileId,
        user_id: UserId,
        question_id: MessageId,
        privacy: EffectivePrivacy,
        started_at: datetime,
        is_supplied: bool = False,
        talk: SuppliedTalk | None = None,
        is_intended: bool = False,
        reservation: Reservation | None = None,
    ) -> None:
        self.id: Final = ids.run_id
        self.ids: Final = ids
        self.privacy: Final = privacy
        self.session_id: Final = session_id
        self.profile_id: Final = profile_id
        self.user_id: Final = user_id
        self.question_id: Final = question_id
        self.is_supplied: Final = is_supplied
        self.talk = talk
        self.is_intended: Final = is_intended
        """Whether its client can ask for it again."""
        self.reservation = reservation
        self.ephemeral: Final = is_supplied or not privacy.policy.retain
        self.started_at: Final = started_at
        self.ended_at_s: float | None = None
        self.state = RunState.RUNNING
        self.scope: Final = anyio.CancelScope()
        self._result: RunResult | None = None
        self._log: list[RunEvent] = []
        self._withheld: set[UUID] = set()
        self._changed = asyncio.Event()
        self._followers = 0

    @property
    def log(self) -> Sequence[RunEvent]:
        """What has happened so far."""
        return tuple(self._log)

    @property
    def result(self) -> RunResult | None:
        """What the run came to; None until it is known."""
        return self._result

    def came_to(self, result: RunResult) -> None:
        """The result is known, without the memories that are withheld."""
        self._result = result.without(self._withheld)

    def publish(self, event_type: str, **fields: object) -> None:
        """The event is in the log, and whoever waits for it is woken.

        Nothing follows a terminal event; publishing after one is a programming error.
        """
        if self.state is not RunState.RUNNING:
            raise RuntimeError(f"{event_type} after the end of a run")
        event = RunEvent(len(self._log) + 1, event_type, fields)
        self._log.append(without(event, self._withheld))
        self.state = TERMINAL.get(event_type, RunState.RUNNING)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def follow(
        self, *, after: int = 0, silence_s: float | None = None
    ) -> AsyncGenerator[Sequence[RunEvent]]:
        """The events after number `after` as they happen, several at once for those who are slow.

        Args:
            after: the number of the last event that is known already, 0 for none.
            silence_s: an empty sequence comes whenever nothing happened for so long; None for never.
        """
        self._followers += 1
        try:
            position = min(after, len(self._log))
            while True:
                changed = self._changed
                if events := self._log[position:]:
                    position += len(events)
                    yield events
                elif self.state is not RunState.RUNNING:
                    return
                else:
                    try:
                        async with asyncio.timeout(silence_s):
                            await changed.wait()
                    except TimeoutError:
                        yield ()
        finally:
            self._followers -= 1
            if self.ephemeral and not self._followers:
                self.cancel()

    def withhold(self, ids: Collection[UUID]) -> None:
        """Neither the log nor the result tells of these memories, nor ever will."""
        if self.ended_at_s is None:
            self._withheld.update(ids)
        self._log = [without(event, ids) for event in self._log]
        if self._result is not None:
            self._result = self._result.without(ids)

    async def wait(self) -> None:
        """Returns when the run has ended."""
        async for _ in self.follow(after=len(self._log)):
            pass

    def cancel(self) -> None:
        """The run ends soon, keeping what it has; nothing happens when it has ended."""
        if self.state is RunState.RUNNING:
            self.scope.cancel()


class Runs:
    """All runs of this process: those under way, and for a while those that ended."""

    def __init__(
        self, *, max_active: int, buffer_s: float, ephemeral_buffer_s: float, uptime_s: Stopwatch
    ) -> None:
        self._max_active = max_active
        self._buffer_s = buffer_s
        self._ephemeral_buffer_s = min(buffer_s, ephemeral_buffer_s)
        self._uptime_s = uptime_s
        self._runs: dict[RunId, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False

    @property
    def kept(self) -> list[Run]:
        """All that are known."""
        return list(self._runs.values())

    @property
    def active(self) -> list[Run]:
        """The runs under way."""
        return [run for run in self._runs.values() if run.ended_at_s is None]

    def admit(self) -> None:
        """Returns when one more run may start.

        Raises:
            Draining: the process is going down.
            Overloaded: as many runs as allowed are under way.
        """
        if self._draining:
            raise Draining(retry_after_s=2)
        if len(self._tasks) >= self._max_active:
            raise Overloaded(retry_after_s=1)

    def start(self, run: Run, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """The run is under way; it ends when its work does."""
        self._runs[run.id] = run
        task = asyncio.create_task(self._carry_out(run, work), name=f"run-{run.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def get(self, run_id: RunId, *, owner: UserId) -> Run:
        """The run.

        Raises:
            RunNotFound: absent, someone else's, or no longer kept.
        """
        run = self.find(run_id, owner=owner)
        if run is None:
            raise RunNotFound
        return run

    def find(self, run_id: RunId, *, owner: UserId) -> Run | None:
        """The run; None when it is absent, someone else's, or no longer kept."""
        run = self._runs.get(run_id)
        return None if run is None or run.user_id != owner or self._is_old(run) else run

    def forget(self, ids: Collection[UUID], *, owner: UserId | None = None) -> int:
        """How many runs asked or answered one of these messages: they are cancelled and forgotten.

        So are all of a conversation that its client keeps: each holds what was said before it.

        What other runs tell of these messages, and of these memories, is taken out of their logs.

        Args:
            ids: of messages and memories.
            owner: whose runs; None for everybody's.
        """
        words = frozenset(ids)
        told = [
            run
            for run in self._of(owner)
            if not words.isdisjoint((run.question_id, run.ids.message_id))
        ]
        talks = {run.session_id for run in told if run.is_supplied}
        gone = {*told, *(run for run in self._of(owner) if run.session_id in talks)}
        for run in gone:
            run.cancel()
            del self._runs[run.id]
        self.withhold(words, owner=owner)
        return len(gone)

    def withhold(self, ids: Collection[UUID], *, owner: UserId | None = None) -> None:
        """No run tells any more that it was given one of these memories, or messages, to read.

        What may hold them in other words, a talk that its client could go on with, is gone altogether.
        """
        for run in self._of(owner):
            run.withhold(ids)
            if ids and run.is_supplied:
                run.talk = None

    def forget_session(
        self, session_id: SessionId, *, owner: UserId | None = None, only_ephemeral: bool = False
    ) -> int:
        """How many runs of the session were known; they are cancelled, and their logs are gone."""
        known = [
            run
            for run in self._of(owner)
            if run.session_id == session_id and (run.ephemeral or not only_ephemeral)
        ]
        for run in known:
            run.cancel()
            del self._runs[run.id]
        for run in () if only_ephemeral else self._of(owner):
            run.talk = None if run.is_supplied else run.talk
        return len(known)

    def sweep(self) -> int:
        """How many runs ended so long ago that their logs are gone now."""
        old = [run.id for run in self._runs.values() if self._is_old(run)]
        for run_id in old:
            del self._runs[run_id]
        return len(old)

    async def drain(self, *, timeout_s: float) -> None:
        """No run starts any more; those under way have ended, after `timeout_s` by cancellation."""
        self._draining = True
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=timeout_s)
        for run in self.active:
            run.cancel()
        if late:
            await asyncio.wait(late, timeout=timeout_s + 1)

    async def _carry_out(self, run: Run, work: Callable[[], Coroutine[None, None, None]]) -> None:
        try:
            await work()
        except Exception as error:
            logger.exception("run failed", extra={"run_id": str(run.id)}, exc_info=error)
        finally:
            if run.state is RunState.RUNNING:
                run.publish("run.failed", error=dict(UNEXPECTED), retryable=True)
            run.ended_at_s = self._uptime_s()

    def _of(self, owner: UserId | None) -> list[Run]:
        return [run for run in self._runs.values() if owner in {None, run.user_id}]

    def _is_old(self, run: Run) -> bool:
        kept_s = self._ephemeral_buffer_s if run.ephemeral else self._buffer_s
        return run.ended_at_s is not None and self._uptime_s() - run.ended_at_s > kept_s
