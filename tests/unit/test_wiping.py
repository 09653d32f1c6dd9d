"""When wipes begin, what they are owed for, and what a receipt says of them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.bounds import ForgettingSettings
from app.core.errors import IndexUnavailable
from app.core.privacy import PrivacyMode
from app.models.clock import utc_now
from app.models.message import Message
from app.models.wipe import Store
from app.services.wiping import Wiping
from tests.support.house import House, a_house, eventually

TOLD = "My sister is called Anna."
AT_ONCE = ForgettingSettings(quiet_s=0, within_s=60)


class CountingIndex:
    """An index of which only the wipes are counted; some fail first."""

    erases_bytes = True

    def __init__(self, house: House, *, failures: int = 0) -> None:
        self.wipes = 0
        self._failures = failures
        for name in ("upsert", "delete", "delete_namespace", "search", "ids", "check"):
            setattr(self, name, getattr(house.index, name))

    async def wipe(self) -> None:
        self.wipes += 1
        if self.wipes <= self._failures:
            raise IndexUnavailable


def a_wiping(house: House, policy: ForgettingSettings, index: object = None) -> Wiping:
    chosen = index or house.index
    return Wiping(
        house.database,
        index=chosen,  # type: ignore[arg-type]
        originals=house.originals,
        bounds=policy,
        clock=utc_now,
    )


async def told(house: House) -> Message:
    """What something is known from, learnt and indexed."""
    session = await house.session()
    await house.say(session, TOLD)
    await house.settle()
    return (await house.messages(session))[0]


async def forgotten(house: House) -> None:
    """Something was known, and is not any more."""
    message = await told(house)
    await house.mem0.forgetting.session(house.ada, message.session_id)


async def nothing_pending(house: House) -> bool:
    return await stores(house) == []


async def stores(house: House) -> list[Store]:
    return [one.store for one in await house.mem0.wiping.pending(house.ada)]


async def test_a_receipt_says_what_is_pending_and_by_when_it_is_gone(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        session = await house.session()
        await house.say(session, TOLD)
        await house.mem0.indexer.catch_up()
        before = utc_now()

        receipt = await house.mem0.forgetting.session(house.ada, session)

        assert receipt.bytes_pending == (Store.DATABASE, Store.INDEX)
        assert receipt.bytes_gone_by is not None
        within = receipt.bytes_gone_by - before
        assert timedelta(seconds=60) <= within <= timedelta(seconds=62)


async def test_what_was_said_in_incognito_leaves_nothing_to_be_wiped(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        session = await house.session(PrivacyMode.INCOGNITO)
        await house.say(session, "A secret.")
        message = (await house.messages(session))[0]

        receipt = await house.mem0.forgetting.message(house.ada, session, message.id)

        assert receipt.deleted["incognito_messages"] == 1
        assert (receipt.bytes_pending, receipt.bytes_gone_by) == ((), None)


async def test_a_new_message_leaves_nothing_to_be_wiped(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await house.say(await house.session(), TOLD)
        await house.mem0.indexer.catch_up()

        assert await stores(house) == []


async def test_a_point_that_is_replaced_is_owed_a_wipe(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await told(house)
        assert await stores(house) == []
        [memory] = await house.memories()

        changes = {"content": "Anna moved to Oslo."}
        await house.mem0.book.update(house.ada, memory.id, changes=changes)
        await house.mem0.indexer.catch_up()

        assert await stores(house) == [Store.INDEX]


async def test_a_crash_between_index_and_database_leaves_the_wipe_owed(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        changes = [(await told(house)).id]
        await house.database.write(
            lambda tx: tx.index_changes.mark(
                house.family.namespace, changes, tenant_id=house.ada.tenant_id, is_episode=True
            ),
            by=house.ada,
        )
        await house.index.delete(house.family.namespace, changes)

        await house.mem0.indexer.recover()

        assert await stores(house) == [Store.INDEX]


async def test_many_deletions_are_served_by_one_wipe(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        index = CountingIndex(house)
        for _ in range(3):
            await forgotten(house)
        wiping = a_wiping(house, AT_ONCE, index)

        await wiping.work_off()
        await wiping.work_off()

        assert index.wipes == 1
        assert await stores(house) == []


@pytest.mark.parametrize(
    ("policy", "begins"),
    [
        (ForgettingSettings(quiet_s=30, within_s=3_600), False),
        (ForgettingSettings(quiet_s=30, within_s=0.001), True),
        (ForgettingSettings(quiet_s=0, within_s=3_600), True),
    ],
)
async def test_a_wipe_begins_when_it_is_quiet_or_when_it_has_to(
    tmp_path: Path, policy: ForgettingSettings, *, begins: bool
) -> None:
    async with a_house(tmp_path) as house:
        await forgotten(house)
        await asyncio.sleep(0.001)

        await a_wiping(house, policy).work_off()

        assert (await stores(house) == []) is begins


async def test_a_wipe_that_fails_stays_owed(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await forgotten(house)
        wiping = a_wiping(house, AT_ONCE, CountingIndex(house, failures=1))

        with pytest.raises(IndexUnavailable):
            await wiping.work_off()
        assert await stores(house) == [Store.INDEX]
        await wiping.work_off()

        assert await stores(house) == []


async def test_wipes_are_worked_off_in_the_background(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await forgotten(house)
        running = asyncio.create_task(a_wiping(house, AT_ONCE).run())

        await eventually(lambda: nothing_pending(house))

        running.cancel()
        await asyncio.wait([running])


async def test_building_the_index_anew_is_a_wipe(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        await forgotten(house)

        await house.mem0.indexer.rebuild(progress=lambda _: None)

        assert await stores(house) == [Store.DATABASE]


async def test_words_that_others_take_the_place_of_are_owed(house: House) -> None:
    careful = await house.profile("careful")
    session = await house.session()
    assert await stores(house) == []

    await house.profiles.update(house.ada, careful.id, changes={"learning": "ask"})
    assert await stores(house) == []
    await house.profiles.update(house.ada, careful.id, changes={"name": "reckless"})
    assert await stores(house) == [Store.DATABASE]
    await wiped(house)

    await house.sessions.update(house.ada, session, changes={"title": "Figs"})
    assert await stores(house) == []
    await house.sessions.update(house.ada, session, changes={"title": "Plums"})
    assert await stores(house) == [Store.DATABASE]
    await wiped(house)

    await house.mem0.merging.merge(house.ada, house.family.id, source=careful.id)
    assert Store.DATABASE in await stores(house)


async def wiped(house: House) -> None:
    """Nothing is owed any more."""
    await a_wiping(house, AT_ONCE).work_off()
    assert await stores(house) == []
