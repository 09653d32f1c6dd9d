"""Deleted words leave the files, also when somebody reads them at that moment."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from app.models.clock import utc_now
from app.models.wipe import Store
from app.services.upkeep import Upkeep
from tests.support.house import House, a_house, eventually
from tests.support.quotas import UNLIMITED

WORDS = b"Bergenhus"


@contextmanager
def a_reader(folder: Path) -> Iterator[None]:
    """Somebody looks at the database as it is now, for as long as this lasts."""
    with closing(sqlite3.connect(folder / "house.db", isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM chat_messages").fetchone()
        yield
        connection.execute("ROLLBACK")


def in_files(folder: Path) -> bool:
    return any(WORDS in file.read_bytes() for file in folder.glob("house.db*"))


async def test_a_receipt_admits_what_a_reader_keeps_and_upkeep_works_it_off(
    tmp_path: Path,
) -> None:
    async with a_house(tmp_path) as house:
        session = await house.session()
        await house.say(session, f"I live in {WORDS.decode()}.")
        upkeep = asyncio.create_task(an_upkeep(house).run())

        with a_reader(tmp_path):
            receipt = await house.mem0.forgetting.session(house.ada, session)
            assert Store.DATABASE in receipt.bytes_pending
            assert house.database.scrub_owed
            assert in_files(tmp_path)

        await eventually(lambda: settled(house))
        assert not in_files(tmp_path)
        upkeep.cancel()
        await asyncio.wait([upkeep])


async def test_without_a_reader_the_rows_are_overwritten_before_the_receipt(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        session = await house.session()
        await house.say(session, f"I live in {WORDS.decode()}.")
        assert in_files(tmp_path)

        await house.mem0.forgetting.session(house.ada, session)

        assert not house.database.scrub_owed
        assert not in_files(tmp_path)


async def settled(house: House) -> bool:
    return not house.database.scrub_owed


def an_upkeep(house: House) -> Upkeep:
    return Upkeep(
        house.database,
        runs=house.runs,
        incognito=house.incognito,
        originals=house.originals,
        quotas=UNLIMITED,
        lease_s=30,
        clock=utc_now,
    )
