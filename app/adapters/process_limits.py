import time
from collections.abc import Mapping
from typing import Final

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from app.core.errors import TooManyRequests
from app.models.clock import Stopwatch, uptime_s
from app.ports.rate_limiter import Limit, LimitState

SET_BACK_S: Final = 1.0
"""Clocks that are only kept right are never set back by so much."""


def item_of(
    configured: Mapping[Limit, RateLimitItem], limit: Limit, rate: str | None
) -> RateLimitItem:
    """What a hit counts against: the subject's own limit, or the configured one."""
    return configured[limit] if rate is None else parse(rate)


def state_of(
    limit: Limit, item: RateLimitItem, *, admitted: bool, remaining: int, reset_at: float
) -> LimitState:
    """Where a subject stands after a hit, whoever counted it; `reset_at` in seconds since 1970.

    Raises:
        TooManyRequests: the hit was not admitted.
    """
    reset_s = max(0.0, reset_at - time.time())
    if not admitted:
        raise TooManyRequests(
            f"The limit for {limit} is {item.amount} in {item.get_expiry()} seconds.",
            retry_after_s=reset_s,
            limit=item.amount,
        )
    return LimitState(limit=item.amount, remaining=remaining, reset_s=reset_s)


class ProcessLimits:
    """Limits counted in this process's memory, over moving windows.

    When the clock is set back, counting begins anew: what was counted would not grow old otherwise.
    """

    def __init__(
        self,
        limits: Mapping[Limit, str],
        *,
        wall_s: Stopwatch = time.time,
        uptime_s: Stopwatch = uptime_s,
    ) -> None:
        """Nothing has been counted yet.

        Args:
            limits: each as `count/unit`, such as `600/minute`.
            wall_s: seconds since 1970, as the clock has it.
            uptime_s: seconds that pass, whatever the clock is set to.

        Raises:
            ValueError: one of them cannot be read.
        """
        self._items: Mapping[Limit, RateLimitItem] = {
            limit: parse(text) for limit, text in limits.items()
        }
        self._counted = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._counted)
        self._wall_s = wall_s
        self._uptime_s = uptime_s
        self._ahead_s = wall_s() - uptime_s()

    async def hit(
        self, limit: Limit, subject: str, *, rate: str | None = None
    ) -> LimitState | None:
        """Counts one more and says what is left.

        Raises:
            TooManyRequests: the limit is used up; the hit was not counted.
        """
        await self._see_to_the_clock()
        item = item_of(self._items, limit, rate)
        admitted = await self._window.hit(item, limit, subject)
        reset_at, remaining = await self._window.get_window_stats(item, limit, subject)
        return state_of(limit, item, admitted=admitted, remaining=remaining, reset_at=reset_at)

    async def close(self) -> None:
        """There is nothing to let go."""

    async def _see_to_the_clock(self) -> None:
        before_s, self._ahead_s = self._ahead_s, self._wall_s() - self._uptime_s()
        if self._ahead_s < before_s - SET_BACK_S:
            await self._counted.reset()


class NoLimits:
    """Counts nothing and refuses nobody, because the operator said so."""

    async def hit(
        self, limit: Limit, subject: str, *, rate: str | None = None
    ) -> LimitState | None:
        """Nothing is limited."""
        return None

    async def close(self) -> None:
        """There is nothing to let go."""
