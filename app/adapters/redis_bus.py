"""A bus over Redis' publish and subscribe, which keeps nothing: no list, no stream, no key."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.core.process_errors import PeersUnavailable
from app.models.ids import ProcessId
from app.ports.bus import Note

logger = logging.getLogger(__name__)

TIMEOUT_S: Final = 2.0
PULSE_S: Final = 1.0
SILENT_S: Final = 4.0
"""Redis is gone when a process has not heard its own pulse for so long."""
SHORTEST_WAIT_S: Final = 0.05
LONGEST_WAIT_S: Final = 2.0
UNSENT: Final = 10_000
"""Notes that may wait to be sent; the oldest are lost first."""
AT_ONCE: Final = 200
_LOST: Final = (RedisError, OSError, TimeoutError)


class RedisBus:
    """Notes over one Redis. While it is gone they are lost; it is found again by itself."""

    def __init__(self, url: str, *, installation: str, me: ProcessId) -> None:
        """A bus that is not connected yet.

        Args:
            url: of the Redis.
            installation: what tells this installation from others on the same Redis.
            me: this process.
        """
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._me = me
        self._everybody = f"memorychat:{installation}:all"
        self._prefix = f"memorychat:{installation}:process:"
        self._receive: Callable[[Note], None] | None = None
        self._unsent: deque[tuple[str, bytes]] = deque(maxlen=UNSENT)
        self._wanted = asyncio.Event()
        self._heard_at_s = -SILENT_S
        self._is_up = False

    def listen(self, receive: Callable[[Note], None]) -> None:
        """What others tell is given to `receive` from now on."""
        self._receive = receive

    def tell(self, kind: str, body: Mapping[str, Any], *, to: ProcessId | None = None) -> None:
        """The note waits to be sent; while Redis is gone it is lost."""
        if not self._is_up:
            return
        channel = self._everybody if to is None else f"{self._prefix}{to}"
        self._unsent.append((channel, orjson.dumps([kind, self._me, to, body])))
        self._wanted.set()

    async def run(self) -> None:
        """Carries notes until cancelled, and connects again as often as it takes."""
        wait_s = SHORTEST_WAIT_S
        try:
            while True:
                try:
                    await self._carry()
                except _LOST as error:
                    logger.debug("redis is lost", extra={"error": type(error).__name__})
                except Exception as error:
                    logger.exception("the bus failed unexpectedly", exc_info=error)
                wait_s = SHORTEST_WAIT_S if self._is_up else min(wait_s * 2, LONGEST_WAIT_S)
                self._is_now(up=False)
                await asyncio.sleep(wait_s)
        finally:
            self._is_up = False
            with suppress(*_LOST):
                await self._redis.aclose()

    async def check(self) -> None:
        """Returns when notes are carried.

        Raises:
            PeersUnavailable: Redis is gone at the moment.
        """
        if not self._is_up:
            raise PeersUnavailable

    async def _carry(self) -> None:
        async with self._redis.pubsub() as subscribed:
            await subscribed.subscribe(self._everybody, f"{self._prefix}{self._me}")
            self._heard_at_s = time.monotonic()
            work = (self._read(subscribed), self._send(), self._feel_the_pulse())
            tasks = [asyncio.create_task(one) for one in work]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                failures = await asyncio.gather(*tasks, return_exceptions=True)
            for failure in failures:
                if isinstance(failure, Exception):
                    raise failure

    async def _read(self, subscribed: Any) -> None:
        while True:
            message = await subscribed.get_message(ignore_subscribe_messages=True, timeout=None)
            _end_if_told_to()
            if message is None:
                continue
            kind, sender, to, body = orjson.loads(message["data"])
            if kind == _PULSE:
                if sender == str(self._me):
                    self._heard_at_s = time.monotonic()
                    self._is_now(up=True)
            elif sender != str(self._me) and self._receive is not None:
                addressee = ProcessId(UUID(to)) if to else None
                self._receive(Note(kind, ProcessId(UUID(sender)), addressee, body))

    async def _send(self) -> None:
        self._unsent.clear()
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._unsent:
                async with self._redis.pipeline(transaction=False) as batch:
                    for _ in range(min(AT_ONCE, len(self._unsent))):
                        batch.publish(*self._unsent.popleft())
                    await batch.execute()
                _end_if_told_to()

    async def _feel_the_pulse(self) -> None:
        """Sends itself a note again and again: a Redis that hangs is told from one that is silent.

        Raises:
            TimeoutError: none has come back for too long.
        """
        pulse = orjson.dumps([_PULSE, self._me, None, None])
        while time.monotonic() - self._heard_at_s < SILENT_S:
            self._unsent.append((f"{self._prefix}{self._me}", pulse))
            self._wanted.set()
            await asyncio.sleep(PULSE_S)
        raise TimeoutError

    def _is_now(self, *, up: bool) -> None:
        """Operators are told when others cannot be reached, and when they can be again."""
        if up is self._is_up:
            return
        self._is_up = up
        if up:
            logger.info("redis is connected")
        else:
            logger.warning("redis is gone: other processes cannot be told anything")


def _end_if_told_to() -> None:
    """Returns, unless this task was cancelled: redis-py may hide that, or fail by it."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


_PULSE: Final = "pulse"
