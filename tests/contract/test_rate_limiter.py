"""Rate limits, counted by one process and by all of them together."""

from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from app.adapters.process_limits import ProcessLimits
from app.adapters.redis_limits import RedisLimits
from app.core.errors import TooManyRequests
from app.ports.rate_limiter import Limit, RateLimiter
from tests.support.clock import HandClock
from tests.support.redis import Redis

LIMITS = {Limit.LOGINS: "3/minute"}


class Counting(Protocol):
    """Makes the limits of one process more."""

    def __call__(self, *, installation: str = "one", clock: HandClock | None = None) -> RateLimiter:
        """Limits of an installation, counted by all of its processes."""
        ...


@pytest.fixture
async def counting(redis: Redis) -> AsyncIterator[Counting]:
    """Any number of processes that count in one Redis, nothing counted yet."""
    made = []

    def count(*, installation: str = "one", clock: HandClock | None = None) -> RateLimiter:
        limits = RedisLimits(
            LIMITS,
            url=redis.url,
            installation=installation,
            meanwhile=ProcessLimits(LIMITS),
            uptime_s=(clock or HandClock()).uptime_s,
        )
        made.append(limits)
        return limits

    yield count
    for limits in made:
        await limits.close()


@pytest.fixture(params=["process", "redis"])
def limits(request: pytest.FixtureRequest) -> RateLimiter:
    """Each adapter in turn, nothing counted yet."""
    if request.param == "process":
        return ProcessLimits(LIMITS)
    count: Counting = request.getfixturevalue("counting")
    return count()


async def used_up(limits: RateLimiter, subject: str) -> int:
    """How many more are admitted."""
    for admitted in range(100):
        try:
            await limits.hit(Limit.LOGINS, subject)
        except TooManyRequests:
            return admitted
    raise AssertionError("nothing is limited")


async def test_so_many_are_admitted_and_no_more(limits: RateLimiter) -> None:
    remaining = []
    for _ in range(3):
        state = await limits.hit(Limit.LOGINS, "ada")
        assert state is not None
        remaining.append(state.remaining)

    assert remaining == [2, 1, 0]
    with pytest.raises(TooManyRequests) as refused:
        await limits.hit(Limit.LOGINS, "ada")
    assert 0 < (refused.value.retry_after_s or 0) <= 60
    assert await used_up(limits, "bob") == 3


async def test_a_subject_may_have_a_limit_of_its_own(limits: RateLimiter) -> None:
    states = [await limits.hit(Limit.KEY, "ada", rate="2/minute") for _ in range(2)]

    assert [(one.limit, one.remaining) for one in states if one] == [(2, 1), (2, 0)]
    with pytest.raises(TooManyRequests):
        await limits.hit(Limit.KEY, "ada", rate="2/minute")
    assert await limits.hit(Limit.KEY, "bob", rate="2/minute")


async def test_all_processes_count_together(counting: Counting) -> None:
    here, there = counting(), counting()

    await here.hit(Limit.LOGINS, "ada")
    await there.hit(Limit.LOGINS, "ada")

    assert await used_up(here, "ada") == 1
    assert await used_up(there, "ada") == 0


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_without_redis_each_process_counts_for_itself(
    redis: Redis, counting: Counting, how: str
) -> None:
    clock = HandClock()
    here, there = counting(clock=clock), counting()
    assert await used_up(here, "ada") == 3
    if how == "stopped":
        redis.stop()
        assert (await used_up(here, "ada"), await used_up(there, "ada")) == (3, 3)
        redis.start()
    else:
        with redis.frozen():
            assert (await used_up(here, "ada"), await used_up(there, "ada")) == (3, 3)

    assert await used_up(here, "ada") == 0
    clock.advance(seconds=3)
    assert await used_up(here, "bob") == 3
    assert await used_up(counting(), "bob") == 0


async def test_installations_on_one_redis_count_apart(counting: Counting) -> None:
    await used_up(counting(), "ada")

    assert await used_up(counting(installation="other"), "ada") == 3
