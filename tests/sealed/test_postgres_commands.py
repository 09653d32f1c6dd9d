"""A Postgres is encrypted, and its master key changed, by commands that may break off or be wrong."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.adapters.sql.encrypting import seal_all
from app.core.errors import StartRefused
from app.models.actor import SYSTEM
from app.models.process import Process
from app.ports.database import Transaction
from tests.support.at_rest import Installation, Told, a_key
from tests.support.canaries import Canaries
from tests.support.database import PostgresSite, a_message, opened, postgres_at_head, prepared
from tests.support.person import Person
from tests.support.postgres import Postgres
from tests.support.server import ROOT, Server, inherited
from tests.support.traces import held

MANY = 1_200
"""Messages: more than are encrypted at a time."""


class Cut(Exception):
    """The process ends here."""


def _cut(_done: int) -> None:
    raise Cut


class Estate(Installation):
    """A Postgres in which somebody has said something, in clear."""

    site: PostgresSite
    said: Canaries
    told: Told
    before: str

    async def words(self, **settings: str) -> str:
        """All that a store opened so tells."""
        async with self.opened(**settings) as database:
            return await database.read(self.told.words, by=SYSTEM)

    def traces(self) -> list[str]:
        """Every canary that anybody can still read in a row, or in the files of the tables."""
        contents = [self.site.postgres.dump(self.site.name).encode(), *self.files()]
        return [word for content in contents for word in held(self.said, content)]

    def files(self) -> list[bytes]:
        """What is in the files of the tables."""
        postgres = self.site.postgres
        postgres.execute("CHECKPOINT")
        [(folder,)] = postgres.execute("SHOW data_directory")
        [(oid,)] = postgres.execute(
            "SELECT oid FROM pg_database WHERE datname = %s", parameters=[self.site.name]
        )
        return [one.read_bytes() for one in sorted(Path(folder, "base", str(oid)).iterdir())]

    def wrapped(self) -> set[bytes]:
        """The keys of users, as they are wrapped."""
        found = self.site.postgres.execute(
            "SELECT wrapped FROM memorychat_keys.user_keys", database=self.site.name
        )
        return {bytes(one) for (one,) in found}

    def holds(self, values: Set[bytes]) -> bool:
        """Whether one of them is in the files of the tables."""
        return any(value in content for content in self.files() for value in values)

    def environment(self, **keys: str) -> Mapping[str, str]:
        """Of a command on it."""
        return {
            **inherited(),
            "MEMORYCHAT_DATA_DIR": str(self.data),
            "DATABASE_URL": str(self.url),
            **{f"MEMORYCHAT_ENCRYPTION__{name.upper()}": value for name, value in keys.items()},
        }

    @contextmanager
    def running(self, command: str, **keys: str) -> Iterator[subprocess.Popen[str]]:
        """A command that has just begun."""
        with subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(ROOT / "main.py"), command],
            env=self.environment(**keys),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            yield process

    def sentence(self, command: str, **keys: str) -> str:
        """The one that a command ends with that has done nothing."""
        with self.running(command, **keys) as process:
            out, told = process.communicate(timeout=60)
        assert (process.returncode, out) == (1, ""), told
        [said] = told.splitlines()
        assert [key for key in keys.values() if key in told] == []
        return said


@pytest.fixture
async def estate(postgres: Postgres, tmp_path: Path) -> Estate:
    name = postgres.create(template=postgres_at_head(postgres))
    site = PostgresSite(postgres, name)
    estate = Estate(tmp_path, url=site.url)
    estate.site, estate.said = site, Canaries()

    def fill(tx: Transaction) -> Told:
        told = Told(tx, estate.said)
        many = [a_message(told.owner, f"{estate.said('many')}") for _ in range(MANY)]
        tx.messages.append(many, tenant_id=told.owner.tenant)
        return told

    async with opened(site.url) as database:
        estate.told = await database.write(fill, by=SYSTEM)
        estate.before = await database.read(estate.told.words, by=SYSTEM)
    assert set(estate.traces()) == set(estate.said), "all of it is found in clear"
    return estate


async def test_everything_is_encrypted_and_reads_as_before(estate: Estate) -> None:
    key = a_key()

    estate.run("encrypt", master=key)

    assert estate.traces() == []
    assert await estate.words(master=key) == estate.before
    assert "no master key is set" in await estate.refusal()
    estate.run("encrypt", master=key)
    assert await estate.words(master=key) == estate.before


async def test_encryption_that_was_killed_goes_on_where_it_was(estate: Estate) -> None:
    key, state = a_key(), "SELECT state FROM encryption"
    with estate.running("encrypt", master_key=key) as process:
        while estate.site.postgres.execute(state, database=estate.site.name) != [("under_way",)]:
            assert process.poll() is None, process.stderr and process.stderr.read()
        process.kill()

    assert "run python main.py encrypt again" in await estate.refusal(master=key)
    assert "no master key is set" in await estate.refusal()
    assert "not the one" in estate.sentence("encrypt", master_key=a_key())
    estate.run("encrypt", master=key)

    assert estate.traces() == []
    assert await estate.words(master=key) == estate.before


async def test_nothing_is_encrypted_under_a_server_that_writes_in_clear(estate: Estate) -> None:
    process, now = Process(), datetime.now(UTC)
    async with opened(estate.site.url) as database:
        for alive_s in (15, -1):
            until = now + timedelta(seconds=alive_s)
            await database.write(
                lambda tx: tx.processes.beat(process, now=now, alive_until=until),  # noqa: B023 - at once
                by=SYSTEM,
            )
            if alive_s > 0:
                told = estate.sentence("encrypt", master_key=a_key())
                assert "1 servers or workers have this database open: end all" in told
                assert await estate.words() == estate.before

    estate.run("encrypt", master=(key := a_key()))
    assert await estate.words(master=key) == estate.before


async def test_what_is_written_in_clear_meanwhile_is_not_taken_for_encrypted(
    estate: Estate,
) -> None:
    """As by a command that had the database open before."""
    clear = "UPDATE chat_messages SET content = %s, sealed_content = NULL WHERE id = %s"
    key = a_key()

    def write(_done: int) -> None:
        values = [estate.said("message"), estate.told.message.id]
        estate.site.postgres.execute(clear, database=estate.site.name, parameters=values)

    with (
        estate.held(key) as (engine, keys),
        pytest.raises(StartRefused, match="1 rows were written in clear"),
    ):
        seal_all(engine, keys, advance=write)

    assert "run python main.py encrypt again" in await estate.refusal(master=key)
    estate.run("encrypt", master=key)
    assert estate.traces() == []


async def test_the_master_key_is_changed_while_a_server_answers(estate: Estate) -> None:
    former, new = a_key(), a_key()
    estate.run("encrypt", master=former)
    both = estate.environment(master_key=f"{new},{former}")
    wrapped = "SELECT string_agg(encode(wrapped, 'hex'), ',') FROM memorychat_keys.user_keys"
    [(before,)] = estate.site.postgres.execute(wrapped, database=estate.site.name)

    (folder := estate.folder / "server").mkdir()
    with Server(folder, both) as server, Person(server) as ada:
        session = ada.session()
        ada.say(session, f"I keep bees in {estate.said('late')}.")
        with pytest.raises(StartRefused, match="add the former one behind it"):
            estate.run("rotate-keys", master=new)
        estate.run("rotate-keys", master=f"{new},{former}")
        assert len(ada.messages(session)) == 2
        ada.say(session, "And now?")

    [(after,)] = estate.site.postgres.execute(wrapped, database=estate.site.name)
    assert not set(before.split(",")) & set(after.split(","))
    assert estate.traces() == []
    assert await estate.words(master=new) == estate.before
    assert "not the one" in await estate.refusal(master=former)


async def test_a_change_of_the_master_key_that_was_cut_leaves_nothing_once_it_is_repeated(
    estate: Estate,
) -> None:
    former, new = a_key(), a_key()
    estate.run("encrypt", master=former)
    wrapped = estate.wrapped()
    with estate.held(f"{new},{former}") as (_, keys), pytest.raises(Cut):
        keys.rewrap(_cut)
    assert not wrapped & estate.wrapped(), "every key is wrapped anew"
    assert estate.holds(wrapped), "and dead rows are left of the former ones"

    estate.run("rotate-keys", master=f"{new},{former}")

    assert not estate.holds(wrapped)
    assert await estate.words(master=new) == estate.before


@pytest.mark.parametrize("command", ["encrypt", "rotate-keys", "erase-unreadable"])
def test_a_database_that_is_new_or_does_not_answer_is_told_of_in_a_sentence(
    postgres: Postgres, tmp_path: Path, command: str
) -> None:
    nowhere = Estate(tmp_path, url="postgresql://memorychat:x@127.0.0.1:1/none")
    assert "no Postgres answers there" in nowhere.sentence(command, master_key=a_key())

    new = PostgresSite(postgres, prepared(postgres))
    if command == "erase-unreadable":
        told = Estate(tmp_path, url=new.url).sentence(command, master_key=a_key())
        assert "Nothing was deleted: Not all words in the database are encrypted" in told
    else:
        Estate(tmp_path, url=new.url).run(command, master=a_key())
    postgres.drop(new.name)


async def test_a_database_that_goes_away_in_the_middle_is_told_of_in_a_sentence(
    estate: Estate,
) -> None:
    key, state = a_key(), "SELECT state FROM encryption"
    with estate.running("encrypt", master_key=key) as process:
        while estate.site.postgres.execute(state, database=estate.site.name) != [("under_way",)]:
            assert process.poll() is None, process.stderr and process.stderr.read()
        estate.site.postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename <> 'postgres'",
            parameters=[estate.site.name],
        )
        _, told = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "run python main.py encrypt again; it goes on where it was" in told.splitlines()[-1]
    estate.run("encrypt", master=key)
    assert await estate.words(master=key) == estate.before
