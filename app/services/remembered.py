"""Answers that are asked for more often than they change."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from app.models.clock import Stopwatch

Answer = TypeVar("Answer")


class Remembered(Generic[Answer]):
    """What was last found out, for a while: however many ask at once, it is found out once."""

    def __init__(
        self,
        find_out: Callable[[], Awaitable[Answer]],
        *,
        holds_s: Callable[[Answer], float],
        uptime_s: Stopwatch,
    ) -> None:
        """Nothing is found out yet.

        Args:
            find_out: finds it out.
            holds_s: for how many seconds an answer is taken to be so.
            uptime_s: by which that is measured.
        """
        self._find_out = find_out
        self._holds_s = holds_s
        self._uptime_s = uptime_s
        self._lock = asyncio.Lock()
        self._found: tuple[Answer, float] | None = None
        """With the time until which it holds."""

    async def get(self) -> Answer:
        """The answer."""
        async with self._lock:
            if self._found is None or self._uptime_s() >= self._found[1]:
                answer = await self._find_out()
                self._found = (answer, self._uptime_s() + self._holds_s(answer))
            return self._found[0]
