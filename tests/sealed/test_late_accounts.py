"""Whoever signs up while an installation is being encrypted is encrypted with it, and is not lost."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, delete

from app.adapters.sql import tables
from app.adapters.sql.cipher import PlainText
from app.adapters.sql.encrypting import seal_all
from app.adapters.sql.transaction import SqlTransaction
from app.core.errors import StartRefused
from app.models.actor import SYSTEM
from tests.support.at_rest import Installation, Told, a_key
from tests.support.canaries import Canaries
from tests.support.traces import traces


class Cut(Exception):
    """The process ends here."""


class Home(Installation):
    """An installation in clear, and people who come late."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.said = Canaries()

    def told(self, engine: Engine) -> Told:
        """Somebody has signed up and said something in clear, as through a process that still runs."""
        with engine.begin() as connection:
            return Told(SqlTransaction(connection, PlainText()), self.said)

    def encrypt_until_cut(self, master: str) -> None:
        """As the command does, and no further than its first rows."""
        with self.held(master) as (engine, keys), pytest.raises(Cut):
            seal_all(engine, keys, advance=_cut)

    async def words(self, told: Told, master: str) -> str:
        """All that the installation tells, once it is encrypted."""
        async with self.opened(master=master) as database:
            return await database.read(told.words, by=SYSTEM)


def _cut(_done: int) -> None:
    raise Cut


@pytest.fixture
async def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    async with home.opened() as database:
        await database.write(lambda tx: Told(tx, home.said), by=SYSTEM)
    return home


async def test_whoever_signs_up_before_a_cut_encryption_is_repeated_is_encrypted_by_it(
    home: Home,
) -> None:
    key = a_key()
    home.encrypt_until_cut(key)
    with home.held(key) as (engine, _):
        late = home.told(engine)

    home.run("encrypt", master=key)

    assert traces(home.said, home.data) == []
    assert await home.words(late, key) == late.all


async def test_nobody_is_taken_for_unreadable_before_all_is_encrypted(home: Home) -> None:
    key = a_key()
    with pytest.raises(StartRefused, match="Not all words"):
        home.erase(master=key)
    home.encrypt_until_cut(key)
    with home.held(key) as (engine, _):
        late = home.told(engine)

    with pytest.raises(StartRefused, match="Not all words"):
        home.erase(master=key)

    home.run("encrypt", master=key)
    home.erase(confirmed=False, master=key)
    assert await home.words(late, key) == late.all


async def test_whoever_signs_up_meanwhile_is_told_of_and_encrypted_by_the_next_run(
    home: Home,
) -> None:
    key = a_key()
    with home.held(key) as (engine, keys):

        def come(_done: int) -> None:
            home.told(engine)

        with pytest.raises(StartRefused, match="made meanwhile, by a process on this database"):
            seal_all(engine, keys, advance=come)

    assert "run python main.py encrypt again" in await home.refusal(master=key)
    home.run("encrypt", master=key)
    assert traces(home.said, home.data) == []


async def test_an_account_without_a_word_has_a_key_in_the_end(home: Home) -> None:
    key = a_key()

    with home.held(key) as (engine, keys):

        def come(_done: int) -> None:
            late = home.told(engine)
            with engine.begin() as connection:
                for one in (tables.chat_sessions, tables.memory_profiles):
                    connection.execute(delete(one).where(one.c.user_id == late.owner.user))

        seal_all(engine, keys, advance=come)

    async with home.opened(master=key):
        pass


async def test_lost_keys_are_not_made_anew_while_encryption_goes_on(home: Home) -> None:
    key = a_key()
    home.encrypt_until_cut(key)
    (home.data / "keys.db").rename(home.data / "away.db")

    with pytest.raises(StartRefused, match="1 accounts have encrypted words, and no key"):
        home.run("encrypt", master=key)

    (home.data / "away.db").replace(home.data / "keys.db")
    home.run("encrypt", master=key)
