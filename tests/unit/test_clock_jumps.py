"""The clock is set back by a day: nothing waits for a day, and no word outlives its time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.adapters.process_limits import ProcessLimits
from app.core.bounds import ForgettingSettings
from app.core.errors import RunInProgress, TokenReused, TooManyRequests
from app.models.clock import uptime_s, utc_now
from app.models.ids import SessionId
from app.ports.rate_limiter import Limit
from app.services.wiping import Wiping
from tests.support.accounts import accounts_over
from tests.support.clock import HandClock
from tests.support.house import House, a_house
from tests.support.learner import a_learner, a_minute_ahead
from tests.support.scripted_extractor import ScriptedExtractor

LEASE = timedelta(seconds=15)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        yield house


@pytest.fixture
def clock() -> HandClock:
    """A clock by which everything said by now is due."""
    return a_minute_ahead()


async def test_what_was_said_before_is_learnt_at_once(house: House, clock: HandClock) -> None:
    learner = a_learner(house, ScriptedExtractor(), clock)
    await house.say(await house.session(), "I like figs.")
    clock.jump(days=-1)

    assert await learner.work_off_one()

    assert [memory.content for memory in await house.memories()] == ["I like figs."]


async def test_a_job_that_was_left_behind_is_taken_over(house: House, clock: HandClock) -> None:
    learner = a_learner(house, ScriptedExtractor(), clock)
    await house.say(await house.session(), "I like figs.")
    until = clock() + timedelta(seconds=5)
    claimed = await house.database.write(
        lambda tx: tx.jobs.claim(now=clock(), token=uuid4(), lease_until=until), by=house.ada
    )
    assert claimed
    assert not await learner.work_off_one(), "somebody works at it"
    clock.jump(days=-1)

    assert await learner.work_off_one()

    assert [memory.content for memory in await house.memories()] == ["I like figs."]


async def test_a_session_that_was_left_locked_is_free(house: House, clock: HandClock) -> None:
    session = await house.session()
    await take_lease(house, session, clock)
    with pytest.raises(RunInProgress):
        await take_lease(house, session, clock)
    clock.jump(days=-1)

    await take_lease(house, session, clock)

    with pytest.raises(RunInProgress):
        await take_lease(house, session, clock)


async def take_lease(house: House, session: SessionId, clock: HandClock) -> None:
    now = clock()
    await house.database.write(
        lambda tx: tx.sessions.take_lease(session, token=uuid4(), now=now, until=now + LEASE),
        by=house.ada,
    )


async def test_what_was_deleted_before_is_wiped_at_once(house: House) -> None:
    clock = HandClock()
    session = await house.session()
    await house.say(session, "My sister is called Anna.")
    await house.settle()
    await house.mem0.forgetting.session(house.ada, session)
    clock.now = utc_now()
    bounds = ForgettingSettings(quiet_s=5, within_s=60)
    wiping = Wiping(
        house.database, index=house.index, originals=house.originals, bounds=bounds, clock=clock
    )
    await wiping.work_off()
    assert await wiping.pending(house.ada), "somebody may delete more soon"
    clock.jump(days=-1)

    for pending in await wiping.pending(house.ada):
        assert pending.gone_by <= clock() + timedelta(seconds=60)
    await wiping.work_off()

    assert await wiping.pending(house.ada) == []


async def test_a_limit_that_was_used_up_is_no_limit_for_a_day() -> None:
    clock = HandClock()
    limits = ProcessLimits({Limit.TURNS: "2/minute"}, wall_s=clock.wall_s, uptime_s=clock.uptime_s)
    for _ in range(2):
        await limits.hit(Limit.TURNS, "ada")
    clock.advance(seconds=5)
    with pytest.raises(TooManyRequests):
        await limits.hit(Limit.TURNS, "ada")
    clock.jump(days=-1)

    assert await limits.hit(Limit.TURNS, "ada")


async def test_a_refresh_token_that_was_stolen_before_gets_no_further_grace(house: House) -> None:
    clock = HandClock()
    clock.now = utc_now()
    accounts = accounts_over(house.database, clock=clock)
    first = await accounts.sign_up("bea@example.com", "correct horse battery staple")
    await accounts.refresh(first.refresh_token)
    clock.jump(days=-1)

    with pytest.raises(TokenReused):
        await accounts.refresh(first.refresh_token)


def test_the_time_that_passes_is_not_the_clocks() -> None:
    assert uptime_s() <= uptime_s()
    assert uptime_s() < 1_000_000_000, "seconds since the start, not since 1970"
