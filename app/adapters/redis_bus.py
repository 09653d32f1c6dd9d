"""A bus over Redis' publish and subscribe, which keeps nothing: no list, no stream, no key.

Whoever reaches the Redis can put anything on it: what is not of the own installation is dropped, and
counted.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.adapters.note_seal import NoteRefused, NoteSeal
from app.core.process_errors import PeersUnavailable
from app.models.clock import Clock, utc_now
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
REFUSALS_EVERY_S: Final = 60.0
"""How often it is told at most how many notes were refused."""
_LOST: Final = (RedisError, OSError, TimeoutError)


class RedisBus:
    """Notes over one Redis. While it is gone they are lost; it is found again by itself."""

    def __init__(
        self,
        url: str,
        *,
        installation: str,
        secret: str,
        me: ProcessId,
        clock: Clock = utc_now,
    ) -> None:
        """A bus that is not connected yet.

        Args:
            url: of the Redis.
            installation: what tells this installation from others on the same Redis.
            secret: which only processes of this installation have.
            me: this process.
            clock: which those of all processes are near.
        """
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._me = me
        self._seal = NoteSeal(secret, me=me, clock=clock)
        self._refused: Counter[str] = Counter()
        self._refusals_told_at_s = -REFUSALS_EVERY_S
        self._everybody = f"memorychat:{installation}:sealed:all"
        self._prefix = f"memorychat:{installation}:sealed:process:"
        self._receive: Callable[[Note], None] | None = None
        self._unsent: deque[tuple[str, bytes]] = deque(maxlen=UNSENT)
        self._wanted = asyncio.Event()
        self._heard_at_s = -SILENT_S
        self._is_up = False
        self._told_up: bool | None = None
        """What operators were told last."""

    def listen(self, receive: Callable[[Note], None]) -> None:
        """What others tell is given to `receive` from now on."""
        self._receive = receive

    def tell(self, kind: str, body: Mapping[str, Any], *, to: ProcessId | None = None) -> None:
        """The note waits to be sent; while Redis is gone it is lost."""
        if not self._is_up:
            return
        self._tell(kind, body, to=to)

    def _tell(self, kind: str, body: Mapping[str, Any], *, to: ProcessId | None) -> None:
        channel = self._everybody if to is None else f"{self._prefix}{to}"
        self._unsent.append((channel, self._seal.seal(channel, kind, body, to=to)))
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
            try:
                note = self._seal.open(message["channel"].decode(), message["data"])
            except NoteRefused as refused:
                self._refused[refused.why] += 1
                self._tell_refusals()
            else:
                self._take(note)

    def _take(self, note: Note) -> None:
        if note.sender != self._me:
            if self._receive is not None:
                self._receive(note)
        elif note.kind == _PULSE:
            self._heard_at_s = time.monotonic()
            self._is_now(up=True)

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
        while time.monotonic() - self._heard_at_s < SILENT_S:
            self._tell(_PULSE, {}, to=self._me)
            self._tell_refusals()
            await asyncio.sleep(PULSE_S)
        raise TimeoutError

    def _tell_refusals(self) -> None:
        """Operators are told now and then how many notes were refused, and why; nothing of them."""
        now_s = time.monotonic()
        if self._refused and now_s - self._refusals_told_at_s >= REFUSALS_EVERY_S:
            self._refusals_told_at_s = now_s
            logger.warning("notes on the bus were refused", extra=dict(self._refused))
            self._refused.clear()

    def _is_now(self, *, up: bool) -> None:
        """Operators are told when others cannot be reached, and when they can be again."""
        self._is_up = up
        if up is self._told_up:
            return
        self._told_up = up
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
