"""An installation is encrypted, and its master key changed; whatever does not fit is refused."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.adapters.data_folder import DataFolder
from app.adapters.sql.encrypting import seal_all
from app.core import storage
from app.core.errors import StartRefused
from app.models.actor import SYSTEM
from tests.support.at_rest import Installation, Told, a_key
from tests.support.canaries import Canaries
from tests.support.database import a_message
from tests.support.forked import main_py
from tests.support.server import ROOT, inherited
from tests.support.traces import traces

HELLO = 1_200
"""Messages: more than are encrypted at a time."""


class Cut(Exception):
    """The process ends here."""


class House(Installation):
    """A data folder in which somebody has said something, in clear."""

    said: Canaries
    told: Told
    before: str

    async def words(self, **settings: Any) -> str:
        async with self.opened(**settings) as database:
            return await database.read(self.told.words, by=SYSTEM)

    def files(self) -> list[str]:
        return traces(self.said, self.data)

    def encrypt_until_cut(self, master: str) -> None:
        """As the command does, and no further than its first rows."""
        with self.held(master) as (engine, keys), pytest.raises(Cut):
            seal_all(engine, keys, advance=_cut)


def _cut(_done: int) -> None:
    raise Cut


def _go_on(_done: int) -> None:
    """As the progress bar does."""


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.said = Canaries()
    async with house.opened() as database:
        house.told = await database.write(lambda tx: Told(tx, house.said), by=SYSTEM)
        many = [a_message(house.told.owner, f"{house.said('many')}") for _ in range(HELLO)]
        await database.write(
            lambda tx: tx.messages.append(many, tenant_id=house.told.owner.tenant), by=SYSTEM
        )
        house.before = await database.read(house.told.words, by=SYSTEM)
    assert len(house.files()) == len(list(house.said)), "all of it is found in clear"
    return house


async def test_everything_is_encrypted_and_reads_as_before(house: House) -> None:
    key = a_key()

    house.run("encrypt", master=key)

    assert house.files() == []
    assert await house.words(master=key) == house.before
    house.run("encrypt", master=key)
    assert await house.words(master=key) == house.before


async def test_bytes_in_clear_are_gone_while_the_files_are_still_open(house: House) -> None:
    freed = house.said("freed")
    with closing(sqlite3.connect(house.data / "memorychat.db")) as careless:
        careless.execute("PRAGMA secure_delete = OFF")
        careless.execute("CREATE TABLE notes AS SELECT ? AS note", (f"{freed} " * 100_000,))
        careless.execute("DROP TABLE notes")
    assert f"{freed} in memorychat.db" in house.files()

    with house.held(a_key()) as (engine, keys):
        seal_all(engine, keys, advance=_go_on)

        assert house.files() == []


async def test_encryption_that_was_cut_goes_on_where_it_was(house: House) -> None:
    key = a_key()
    house.encrypt_until_cut(key)

    assert "run python main.py encrypt again" in await house.refusal(master=key)
    assert "are encrypted" in await house.refusal()
    house.encrypt_until_cut(key)
    house.run("encrypt", master=key)

    assert house.files() == []
    assert await house.words(master=key) == house.before


async def test_words_in_clear_are_not_served_as_if_they_were_encrypted(house: House) -> None:
    assert "run python main.py encrypt once" in await house.refusal(master=a_key())
    assert await house.words() == house.before


async def test_the_master_key_is_changed(house: House) -> None:
    former, new = a_key(), a_key()
    house.run("encrypt", master=former)

    assert "not the one" in await house.refusal(master=new)
    with pytest.raises(StartRefused, match="add the former one behind it"):
        house.run("rotate-keys", master=new)
    assert await house.words(master=f"{new},{former}") == house.before
    house.run("rotate-keys", master=f"{new},{former}")

    assert await house.words(master=new) == house.before
    assert "not the one" in await house.refusal(master=former)


async def test_a_key_may_stand_in_a_file(house: House, tmp_path: Path) -> None:
    former, new, file = a_key(), a_key(), tmp_path / "master.key"
    house.run("encrypt", master=former)

    file.write_text(f"{new}\n{former}\n")
    house.run("rotate-keys", file=file)

    assert await house.words(file=file) == house.before
    file.write_text("nothing of use")
    assert "32 random bytes" in await house.refusal(file=file)
    file.unlink()
    assert "cannot be read" in await house.refusal(file=file)


async def test_nothing_is_encrypted_without_a_key(house: House) -> None:
    for command, sentence in (("encrypt", "Nothing says how"), ("rotate-keys", "No master key")):
        with pytest.raises(StartRefused, match=sentence):
            house.run(command)


def test_a_wrong_key_or_none_is_a_sentence(house: House) -> None:
    house.run("encrypt", master=a_key(), database=(database := a_key()))
    words, file = "MEMORYCHAT_ENCRYPTION__MASTER_KEY", "MEMORYCHAT_DATABASE_KEY"

    for environment, told in (
        ({file: a_key(), words: a_key()}, "MEMORYCHAT_DATABASE_KEY is not the key of"),
        ({file: database, words: a_key()}, "The master key is not the one"),
    ):
        keys = {**inherited(), "MEMORYCHAT_DATA_DIR": str(house.data), **environment}
        done = main_py("migrate", environment=keys, folder=house.folder)
        assert done.returncode == 1
        [sentence] = done.stderr.splitlines()
        assert sentence.startswith("MemoryChat does not start: ")
        assert told in sentence
        assert [key for key in environment.values() if key in sentence] == []


def test_a_key_without_sqlcipher_is_a_sentence() -> None:
    without = "import sys; sys.modules['sqlcipher3'] = None\n"
    asks = "from app.adapters.sql.sqlcipher import driver\ndriver()"

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", without + asks],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "StartRefused: MEMORYCHAT_DATABASE_KEY is set" in done.stderr
    assert "pip install sqlcipher3" in done.stderr


def header(file: Path) -> bytes:
    return file.read_bytes()[:16]


async def test_the_whole_file_is_encrypted(house: House) -> None:
    key, file = a_key(), house.data / "memorychat.db"
    assert "run python main.py encrypt once" in await house.refusal(database=key)

    house.run("encrypt", database=key)

    assert header(file) != b"SQLite format 3\0"
    assert house.files() == []
    assert await house.words(database=key) == house.before
    assert "is not the key" in await house.refusal(database=a_key())
    assert "set MEMORYCHAT_DATABASE_KEY" in await house.refusal()


async def test_damage_inside_the_encrypted_file_is_told(house: House) -> None:
    key, file = a_key(), house.data / "memorychat.db"
    house.run("encrypt", database=key)
    content = bytearray(file.read_bytes())
    for page in range(len(content) // 2 // 4_096 * 4_096, len(content), 4_096):
        content[page + 100 : page + 200] = bytes(100)
    file.write_bytes(content)

    assert "is damaged; nothing was changed. Restore it" in await house.refusal(database=key)

    assert file.read_bytes() == content


async def test_both_at_once(house: House) -> None:
    keys = {"master": a_key(), "database": a_key()}

    house.run("encrypt", **keys)

    assert house.files() == []
    assert await house.words(**keys) == house.before


async def test_a_new_installation_begins_encrypted(tmp_path: Path) -> None:
    house, said, keys = House(tmp_path), Canaries(), {"master": a_key(), "database": a_key()}
    async with house.opened(**keys) as database:
        house.told = await database.write(lambda tx: Told(tx, said), by=SYSTEM)
        assert traces(said, tmp_path) == [], "also not in the log of the database"

    assert [word for word in said if word not in await house.words(**keys)] == []
    assert header(house.data / "memorychat.db") != b"SQLite format 3\0"


async def test_a_copy_before_a_migration_is_encrypted(house: House) -> None:
    key = a_key()
    house.run("encrypt", database=key)
    copy = house.data / "copy.db"
    folder = DataFolder(house.data)
    engines = storage.engines_of(house.settings(database=key), folder)

    with closing(engines.writer.raw_connection()) as connection:
        connection.cursor().execute("VACUUM INTO ?", (str(copy),))
    engines.writer.dispose()
    folder.close()

    assert header(copy) != b"SQLite format 3\0"
    assert house.files() == []
    with pytest.raises(sqlite3.DatabaseError), closing(sqlite3.connect(copy)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master")
