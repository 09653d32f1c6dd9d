"""Whether a Redis answers, without saying anything to others."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.core.process_errors import PeersUnavailable


async def try_redis(url: str, *, timeout_s: float = 2.0) -> None:
    """Returns when it answers.

    Raises:
        PeersUnavailable: it does not, or lets nobody in with this password; its text names the class
            of the failure.
    """
    try:
        redis = Redis.from_url(
            url,
            socket_connect_timeout=timeout_s,
            socket_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
        )
        async with redis:
            await redis.ping()  # type: ignore[misc] # of both clients in one annotation
    except (RedisError, OSError, ValueError) as error:
        raise PeersUnavailable(type(error).__name__) from None
