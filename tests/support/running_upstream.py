"""The scripted upstream beside a test that does not run in an event loop."""

import asyncio
from concurrent.futures import Future
from threading import Event, Thread
from types import TracebackType
from typing import Self

from tests.support.upstream import Received, Reply, Upstream

START_DEADLINE_S = 10.0


class RunningUpstream:
    """An endpoint that serves from a thread of its own while its context is entered."""

    def __init__(self, upstream: Upstream | None = None) -> None:
        self._upstream = upstream or Upstream()
        self._running = Event()
        self._stop: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._running.wait(START_DEADLINE_S)
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set_result(None)
        self._thread.join()

    @property
    def url(self) -> str:
        """What goes into OPENAI_BASE_URL."""
        return self._upstream.url

    @property
    def requests(self) -> list[Received]:
        """What has come in so far."""
        return list(self._upstream.requests)

    @property
    def hung_up(self) -> bool:
        """Whether a client has left before its answer was complete, since the last script."""
        return self._upstream.hung_up.is_set()

    def script(self, *replies: Reply) -> None:
        """The next requests get these, one each, in order; later ones get the default."""
        self._upstream.script(*replies)
        self._upstream.requests.clear()
        self._upstream.hung_up.clear()

    async def _serve(self) -> None:
        async with self._upstream:
            self._running.set()
            await asyncio.wrap_future(self._stop)
