import time
from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from app.core.errors import TooManyRequests
from app.ports.rate_limiter import Limit, LimitState


class ProcessLimits:
    """Limits counted in this process's memory, over moving windows."""

    def __init__(self, limits: Mapping[Limit, str]) -> None:
        """Nothing has been counted yet.

        Args:
            limits: each as `count/unit`, such as `600/minute`.

        Raises:
            ValueError: one of them cannot be read.
        """
        self._items: Mapping[Limit, RateLimitItem] = {
            limit: parse(text) for limit, text in limits.items()
        }
        self._window = MovingWindowRateLimiter(MemoryStorage())

    async def hit(self, limit: Limit, subject: str) -> LimitState | None:
        """Counts one more and says what is left.

        Raises:
            TooManyRequests: the limit is used up; the hit was not counted.
        """
        item = self._items[limit]
        admitted = await self._window.hit(item, limit, subject)
        reset_at, remaining = await self._window.get_window_stats(item, limit, subject)
        reset_s = max(0.0, reset_at - time.time())
        if not admitted:
            raise TooManyRequests(
                f"The limit for {limit} is {item.amount} in {item.get_expiry()} seconds.",
                retry_after_s=reset_s,
                limit=item.amount,
            )
        return LimitState(limit=item.amount, remaining=remaining, reset_s=reset_s)


class NoLimits:
    """Counts nothing and refuses nobody, because the operator said so."""

    async def hit(self, limit: Limit, subject: str) -> LimitState | None:
        """Nothing is limited."""
        return None
