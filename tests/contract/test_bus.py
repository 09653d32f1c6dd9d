"""The bus: what one process tells, others hear, over each adapter."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from uuid import uuid4

import pytest

from app.adapters.process_bus import ProcessHub
from app.adapters.redis_bus import RedisBus
from app.core.process_errors import PeersUnavailable
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


Join = Callable[[], Bus]


@pytest.fixture(params=["process", "redis"])
async def three(request: pytest.FixtureRequest) -> AsyncIterator[list[Listener]]:
    """Three processes of one installation."""
    ids = [ProcessId(new_id()) for _ in range(3)]
    if request.param == "process":
        hub = ProcessHub()
        members = [Listener(me, hub.join(me)) for me in ids]
    else:
        redis: Redis = request.getfixturevalue("redis")
        members = [Listener(me, RedisBus(redis.url, installation="one", me=me)) for me in ids]
    for member in members:
        await eventually(member.is_connected)
    yield members
    for member in members:
        await member.leave()


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
    here = Listener(
        ProcessId(new_id()), RedisBus(redis.url, installation="a", me=ProcessId(new_id()))
    )
    there_id = ProcessId(new_id())
    there = Listener(there_id, RedisBus(redis.url, installation="b", me=there_id))
    neighbour_id = ProcessId(new_id())
    neighbour = Listener(neighbour_id, RedisBus(redis.url, installation="a", me=neighbour_id))
    for one in (here, there, neighbour):
        await eventually(one.is_connected)

    here.bus.tell("news", {})

    await neighbour.hears(1)
    assert there.heard == []
    for one in (here, there, neighbour):
        await one.leave()


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_a_redis_that_comes_back_carries_again(redis: Redis, how: str) -> None:
    first_id, second_id = ProcessId(new_id()), ProcessId(new_id())
    first = Listener(first_id, RedisBus(redis.url, installation="one", me=first_id))
    second = Listener(second_id, RedisBus(redis.url, installation="one", me=second_id))

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
