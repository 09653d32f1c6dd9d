"""The bus: what one process tells, others hear, over each adapter."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
import pytest
from redis.asyncio import Redis as AsyncRedis

from app.adapters.process_bus import ProcessHub
from app.adapters.redis_bus import RedisBus
from app.core.process_errors import PeersUnavailable
from app.models.clock import Clock, utc_now
from app.models.ids import ProcessId, new_id
from app.ports.bus import Bus, Note
from tests.support.house import eventually
from tests.support.redis import Redis


class Listener:
    """A process on a bus, and what it has heard."""

    def __init__(self, me: ProcessId, bus: Bus) -> None:
        self.me = me
        self.bus = bus
        self.heard: list[Note] = []
        bus.listen(self.heard.append)
        self.running = asyncio.create_task(bus.run())

    async def hears(self, count: int) -> list[Note]:
        """What it has heard, once that is so much."""

        async def enough() -> bool:
            return len(self.heard) >= count

        await eventually(enough)
        return self.heard

    async def is_connected(self) -> bool:
        with suppress(PeersUnavailable):
            await self.bus.check()
            return True
        return False

    async def leave(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


SECRET = "the same for all processes"


def a_listener(
    redis: Redis, *, installation: str = "one", secret: str = SECRET, clock: Clock = utc_now
) -> Listener:
    """One more process on a Redis."""
    me = ProcessId(new_id())
    bus = RedisBus(redis.url, installation=installation, secret=secret, me=me, clock=clock)
    return Listener(me, bus)


@pytest.fixture(params=["process", "redis"])
async def three(request: pytest.FixtureRequest) -> AsyncIterator[list[Listener]]:
    """Three processes of one installation."""
    if request.param == "process":
        hub = ProcessHub()
        ids = [ProcessId(new_id()) for _ in range(3)]
        members = [Listener(me, hub.join(me)) for me in ids]
    else:
        redis: Redis = request.getfixturevalue("redis")
        members = [a_listener(redis) for _ in range(3)]
    for member in members:
        await eventually(member.is_connected)
    yield members
    for member in members:
        await member.leave()


async def test_a_process_that_begins_without_redis_says_so_once_and_when_it_is_there(
    caplog: pytest.LogCaptureFixture, redis: Redis
) -> None:
    caplog.set_level(logging.INFO, logger="app.adapters.redis_bus")
    redis.stop()
    me = ProcessId(new_id())
    alone = Listener(me, RedisBus(redis.url, installation="one", secret="s", me=me, clock=utc_now))

    async def is_told() -> bool:
        return bool(caplog.records)

    await eventually(is_told)
    redis.start()
    await eventually(alone.is_connected)
    await alone.leave()

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "redis is gone: other processes cannot be told anything"),
        ("INFO", "redis is connected"),
    ]


async def test_all_others_hear_what_is_told_to_all(three: list[Listener]) -> None:
    first, second, third = three

    first.bus.tell("news", {"n": 1})

    for other in (second, third):
        assert await other.hears(1) == [Note("news", first.me, None, {"n": 1})]
    assert first.heard == []


async def test_nobody_else_hears_what_is_told_to_one(three: list[Listener]) -> None:
    first, second, third = three

    first.bus.tell("for the second", {}, to=second.me)
    first.bus.tell("for all", {})

    assert [note.kind for note in await second.hears(2)] == ["for the second", "for all"]
    assert [note.kind for note in await third.hears(1)] == ["for all"]


async def test_notes_of_one_sender_come_in_their_order_and_once(three: list[Listener]) -> None:
    first, second, _ = three

    for number in range(1_000):
        first.bus.tell("count", {"n": number})

    assert [note.body["n"] for note in await second.hears(1_000)] == list(range(1_000))


async def test_ids_arrive_as_strings(three: list[Listener]) -> None:
    first, second, _ = three
    one = uuid4()

    first.bus.tell("id", {"id": one, "ids": [one]})

    [note] = await second.hears(1)
    assert note.body == {"id": str(one), "ids": [str(one)]}


async def test_installations_on_one_redis_do_not_hear_each_other(redis: Redis) -> None:
    here, there, neighbour = (a_listener(redis, installation=name) for name in "aba")
    for one in (here, there, neighbour):
        await eventually(one.is_connected)

    here.bus.tell("news", {})

    await neighbour.hears(1)
    assert there.heard == []
    for one in (here, there, neighbour):
        await one.leave()


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_a_redis_that_comes_back_carries_again(redis: Redis, how: str) -> None:
    first, second = a_listener(redis), a_listener(redis)

    async def both() -> bool:
        return await first.is_connected() and await second.is_connected()

    async def neither() -> bool:
        return not await first.is_connected() and not await second.is_connected()

    await eventually(both)
    if how == "stopped":
        redis.stop()
        await eventually(neither, deadline_s=10)
        first.bus.tell("lost", {})
        redis.start()
    else:
        with redis.frozen():
            await eventually(neither, deadline_s=10)
            first.bus.tell("lost", {})
    await eventually(both, deadline_s=15)
    first.bus.tell("kept", {})

    assert [note.kind for note in await second.hears(1)] == ["kept"]
    for one in (first, second):
        await one.leave()


async def test_nothing_is_at_rest(redis: Redis, three: list[Listener]) -> None:
    first, second, _ = three

    first.bus.tell("words", {"said": "canary-at-rest"})
    await second.hears(1)

    assert b"canary-at-rest" not in redis.saved()
    with redis.client() as client:
        assert client.dbsize() == 0


@pytest.fixture
async def pair(redis: Redis) -> AsyncIterator[tuple[Listener, Listener]]:
    """Two processes of one installation."""
    first, second = a_listener(redis), a_listener(redis)
    for one in (first, second):
        await eventually(one.is_connected)
    yield first, second
    for one in (first, second):
        await one.leave()


class Eavesdropper:
    """Somebody who has the address of the Redis, and no secret."""

    def __init__(self, redis: Redis) -> None:
        self._client = AsyncRedis.from_url(redis.url)
        self._heard = self._client.pubsub()

    async def __aenter__(self) -> "Eavesdropper":
        await self._heard.psubscribe("memorychat:*")
        await self._heard.get_message(timeout=5)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._heard.aclose()  # type: ignore[no-untyped-call]  # theirs
        await self._client.aclose()

    async def overhears(self, kind: str) -> tuple[str, bytes]:
        """The channel and the bytes of a note of that kind."""
        while True:
            message = await self._heard.get_message(timeout=5)
            assert message is not None
            if f'"{kind}"'.encode() in message["data"]:
                return message["channel"].decode(), message["data"]

    async def says(self, channel: str, *said: bytes) -> None:
        """Whoever listens there is told so."""
        for one in said:
            await self._client.publish(channel, one)


@pytest.fixture
async def eavesdropper(redis: Redis) -> AsyncIterator[Eavesdropper]:
    async with Eavesdropper(redis) as eavesdropper:
        yield eavesdropper


async def test_what_others_put_on_the_bus_is_dropped_and_counted(
    eavesdropper: Eavesdropper, pair: tuple[Listener, Listener], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = pair
    first.bus.tell("genuine", {"n": 1})
    channel, genuine = await eavesdropper.overhears("genuine")
    unsigned = orjson.dumps(["forget", first.me, None, {"user_id": new_id()}])
    changed = genuine.replace(b'"genuine"', b'"forged!"')

    everything = (unsigned, changed, bytes(32) + unsigned, b"xx", b"[]", b"")
    for where in (channel, channel.replace(":all", f":process:{second.me}")):
        await eavesdropper.says(where, *everything)
    first.bus.tell("after", {})
    await second.hears(2)

    assert [note.kind for note in second.heard] == ["genuine", "after"]
    told = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert {one.getMessage() for one in told} == {"notes on the bus were refused"}
    assert {one.levelno for one in told} == {logging.WARNING}
    assert len(told) == 2, "one of each process, not one of each note"
    assert all(one.__dict__["forged"] == 1 for one in told)


async def test_a_process_with_another_secret_is_not_obeyed(
    redis: Redis, eavesdropper: Eavesdropper, pair: tuple[Listener, Listener]
) -> None:
    first, second = pair
    stranger = a_listener(redis, secret="another")
    await eventually(stranger.is_connected)

    stranger.bus.tell("forget", {})
    await eavesdropper.overhears("forget")
    first.bus.tell("after", {})
    await second.hears(1)

    assert [note.kind for note in second.heard] == ["after"]
    assert stranger.heard == []
    await stranger.leave()


async def test_nothing_is_obeyed_twice_nor_by_whom_it_is_not_for(
    eavesdropper: Eavesdropper, pair: tuple[Listener, Listener]
) -> None:
    first, second = pair
    first.bus.tell("to all", {})
    to_all, replayed = await eavesdropper.overhears("to all")
    first.bus.tell("to nobody", {}, to=ProcessId(new_id()))
    _, diverted = await eavesdropper.overhears("to nobody")

    await eavesdropper.says(to_all, replayed, diverted)
    first.bus.tell("after", {})
    await second.hears(2)

    assert [note.kind for note in second.heard] == ["to all", "after"]


async def test_an_old_note_is_not_obeyed_by_whoever_comes_later(
    redis: Redis, eavesdropper: Eavesdropper, pair: tuple[Listener, Listener]
) -> None:
    first, _ = pair
    first.bus.tell("old", {})
    channel, old = await eavesdropper.overhears("old")
    late = a_listener(redis, clock=ahead(61))
    await eventually(late.is_connected)

    await eavesdropper.says(channel, old)
    other = a_listener(redis, clock=ahead(61))
    await eventually(other.is_connected)
    other.bus.tell("after", {})
    await late.hears(1)

    assert [note.kind for note in late.heard] == ["after"]
    for one in (late, other):
        await one.leave()


async def test_clocks_may_differ_by_less_than_a_minute(redis: Redis) -> None:
    early, late = a_listener(redis, clock=ahead(-29)), a_listener(redis, clock=ahead(29))
    for one in (early, late):
        await eventually(one.is_connected)

    early.bus.tell("news", {})
    late.bus.tell("news", {})

    for one in (early, late):
        await one.hears(1)
        await one.leave()


def ahead(seconds: float) -> Clock:
    """A clock that differs from others."""

    def now() -> datetime:
        return utc_now() + timedelta(seconds=seconds)

    return now
