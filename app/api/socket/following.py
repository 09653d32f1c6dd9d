"""What is followed on a WebSocket at the same time."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from uuid import UUID

from app.api.socket.line import Gone, Line
from app.core.socket_errors import TooManyStreams
from app.schemas.socket import StreamEnded
from app.services.run_events import RunEvent

Batches = AsyncGenerator[Sequence[RunEvent]]


class Followings:
    """Streams that are told on one line, each by a task that reads on when the last event is sent.

    A client that is slow is told later, from the logs of the runs: neither they nor others wait.
    """

    def __init__(self, line: Line, *, at_most: int, may_tell: Callable[[], bool]) -> None:
        self._line = line
        self._at_most = at_most
        self._may_tell = may_tell
        self._tasks: dict[asyncio.Task[None], StreamEnded] = {}

    def admit(self) -> None:
        """Returns when one more may be followed.

        Raises:
            TooManyStreams: there are as many as allowed.
        """
        if len(self._tasks) >= self._at_most:
            raise TooManyStreams(f"At most {self._at_most} streams are followed on one socket.")

    def begin(self, batches: Batches, *, run_id: UUID | None, request_id: str | None) -> None:
        """The stream is told from now on."""
        task = asyncio.create_task(self._follow(batches, run_id=run_id, request_id=request_id))
        self._tasks[task] = StreamEnded(run_id=run_id, request_id=request_id)
        task.add_done_callback(self._tasks.pop)

    async def settle(self, *, within_s: float) -> None:
        """Everything that has happened is told, as far as that could be done in time."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)

    async def drop(self) -> None:
        """Nothing that was followed is any more, and the client knows it.

        Raises:
            Gone: it is there no more.
        """
        ends = tuple(self._tasks.values())
        await self.end()
        for one in ends:
            await self._line.say(one)

    async def end(self) -> None:
        """Nothing is followed any more: runs that live for their followers end."""
        await asyncio.sleep(0)  # a task that never began would not have followed
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(
        self, batches: Batches, *, run_id: UUID | None, request_id: str | None
    ) -> None:
        try:
            async with aclosing(batches):
                async for events in batches:
                    for event in events:
                        if not self._may_tell():
                            return
                        await self._line.tell(event, run_id=run_id, request_id=request_id)
            await self._line.say(StreamEnded(run_id=run_id, request_id=request_id))
        except Gone:
            return
