import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from limits import RateLimitItem, parse
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.adapters.process_limits import item_of, state_of
from app.models.clock import Stopwatch, uptime_s
from app.ports.rate_limiter import Limit, LimitState, RateLimiter

logger = logging.getLogger(__name__)

ANSWERS_WITHIN_S: Final = 0.25
LEFT_ALONE_S: Final = 2.0
"""So long after it did not answer, nobody waits for it."""
_LOST: Final = (RedisError, OSError, TimeoutError)


class RedisLimits:
    """Limits counted in one Redis for all processes, over moving windows. It keeps ids and times only.

    While Redis is gone each process counts for itself: what is limited stays limited, at worst to
    as many times the limit as there are processes, and nobody is refused for want of Redis.
    """

    def __init__(
        self,
        limits: Mapping[Limit, str],
        *,
        url: str,
        installation: str,
        meanwhile: RateLimiter,
        uptime_s: Stopwatch = uptime_s,
    ) -> None:
        """Limits that are counted from now on.

        Args:
            limits: each as `count/unit`, such as `600/minute`.
            url: of the Redis.
            installation: what tells this installation from others on the same Redis.
            meanwhile: what counts while Redis is gone.
            uptime_s: seconds that pass, whatever the clock is set to.

        Raises:
            ValueError: one of them cannot be read.
        """
        self._items: Mapping[Limit, RateLimitItem] = {
            limit: parse(text) for limit, text in limits.items()
        }
        self._pool = ConnectionPool.from_url(
            url,
            socket_connect_timeout=ANSWERS_WITHIN_S,
            socket_timeout=ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 0),
        )
        storage = RedisStorage(
            f"async+{url}",
            implementation="redispy",
            key_prefix=f"memorychat:{installation}:limits",
            connection_pool=self._pool,  # type: ignore[arg-type] # handed on to redis-py
        )
        self._window = MovingWindowRateLimiter(storage)
        self._meanwhile = meanwhile
        self._uptime_s = uptime_s
        self._gone_until_s: float | None = None

    async def hit(
        self, limit: Limit, subject: str, *, rate: str | None = None
    ) -> LimitState | None:
        """Counts one more and says what is left.

        Raises:
            TooManyRequests: the limit is used up; the hit was not counted.
        """
        if self._gone_until_s is not None and self._uptime_s() < self._gone_until_s:
            return await self._meanwhile.hit(limit, subject, rate=rate)
        item = item_of(self._items, limit, rate)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                admitted = await self._window.hit(item, limit, subject)
                reset_at, remaining = await self._window.get_window_stats(item, limit, subject)
        except _LOST as error:
            self._is_gone(error)
            return await self._meanwhile.hit(limit, subject, rate=rate)
        self._is_back()
        return state_of(limit, item, admitted=admitted, remaining=remaining, reset_at=reset_at)

    async def close(self) -> None:
        """Connections are let go."""
        with suppress(*_LOST):
            await self._pool.disconnect()

    def _is_gone(self, error: BaseException) -> None:
        if self._gone_until_s is None:
            logger.warning(
                "redis is gone: this process counts for itself",
                extra={"error": type(error).__name__},
            )
        self._gone_until_s = self._uptime_s() + LEFT_ALONE_S

    def _is_back(self) -> None:
        if self._gone_until_s is not None:
            self._gone_until_s = None
            logger.warning("redis is back: all processes count together")
