"""What the database leaves of deleted rows in its files, and that a wipe takes it away."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app.models.actor import SYSTEM
from app.models.ids import MemoryId
from app.models.memory import MemoryChange
from app.models.wipe import Store
from app.ports.database import Database, Transaction
from tests.support.database import FILE, NOW, Owner, Site, a_memory

WORDS = (1, 1, 2, 5, 20, 60, 200)


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """The files of another database are its server's own."""
    return sqlite_site


class Book:
    """Memories of many lengths, written and let go in no order, each with a name of its own."""

    def __init__(self, owner: Owner, *, seed: int) -> None:
        self._owner = owner
        self._random = random.Random(seed)  # noqa: S311 - the same every time
        self._names: dict[MemoryId, list[str]] = {}
        self.gone: list[str] = []

    def write(self, tx: Transaction, count: int) -> None:
        """So many more are there."""
        for _ in range(count):
            memory = a_memory(self._owner, "", id=MemoryId(self._number()))
            self._names[memory.id] = []
            content = self._content(memory.id)
            tx.memories.add(replace(memory, content=content), tenant_id=self._owner.tenant)

    def rewrite(self, tx: Transaction, count: int) -> None:
        """So many say something else."""
        for one in self._random.sample(sorted(self._names), count):
            tx.memories.update(
                one,
                owner=self._owner.user,
                changes={"content": self._content(one)},
                change=MemoryChange.UPDATED,
                job_id=None,
                at=NOW,
            )

    def let_go(self, tx: Transaction, count: int) -> None:
        """So many are gone."""
        some = self._random.sample(sorted(self._names), count)
        self.gone += [name for one in some for name in self._names.pop(one)]
        assert tx.memories.delete(some, owner=self._owner.user) == count

    def _content(self, memory: MemoryId) -> str:
        name = f"name{self._number().hex}"
        self._names[memory].append(name)
        return name + " word" * self._random.choice(WORDS)

    def _number(self) -> UUID:
        return UUID(int=self._random.getrandbits(128))


async def much_ado(database: Database, book: Book) -> None:
    await database.write(lambda tx: book.write(tx, 400), by=SYSTEM)
    for _ in range(4):
        await database.write(lambda tx: book.write(tx, 100), by=SYSTEM)
        await database.write(lambda tx: book.rewrite(tx, 100), by=SYSTEM)
        await database.write(lambda tx: book.let_go(tx, 100), by=SYSTEM)


def left(folder: Path, names: list[str]) -> list[str]:
    held = b"".join(file.read_bytes() for file in folder.glob(f"{FILE}*"))
    return [name for name in names if name.encode() in held]


@contextmanager
def a_reader(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM memories").fetchone()
        yield
        connection.execute("ROLLBACK")


def flaws(folder: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(folder / FILE)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall()


async def test_copies_of_deleted_rows_that_overwriting_missed_are_blanked(
    database: Database, ann: Owner, tmp_path: Path
) -> None:
    book = Book(ann, seed=7)
    await much_ado(database, book)
    assert await database.scrub()
    assert left(tmp_path, book.gone), "overwriting them as they are deleted is not enough"

    assert await database.wipe()

    assert left(tmp_path, book.gone) == []
    assert flaws(tmp_path) == [("ok",)]


async def test_what_was_blanked_does_not_come_back_with_later_writes(
    database: Database, ann: Owner, tmp_path: Path
) -> None:
    book = Book(ann, seed=1)
    await much_ado(database, book)
    assert await database.wipe()
    gone = list(book.gone)

    await much_ado(database, book)
    assert await database.scrub()

    assert left(tmp_path, gone) == []
    assert flaws(tmp_path) == [("ok",)]


async def test_a_wipe_waits_for_nobody_who_reads(
    database: Database, ann: Owner, tmp_path: Path
) -> None:
    book = Book(ann, seed=1)
    with a_reader(tmp_path):
        await much_ado(database, book)
        assert not await database.wipe()
        await database.write(lambda tx: book.write(tx, 1), by=SYSTEM)

    assert await database.wipe()
    assert left(tmp_path, book.gone) == []


async def test_what_may_arrive_later_is_owed_for_then(database: Database, ann: Owner) -> None:
    late = timedelta(minutes=10)

    def owe(tx: Transaction) -> None:
        tx.wipes.owe(Store.FILES, user_id=ann.user, tenant_id=ann.tenant, late=late)

    await database.write(owe, by=ann.actor)
    [owed] = await database.read(lambda tx: tx.wipes.owed(), by=SYSTEM)

    assert owed.not_before == owed.since + late


async def test_what_is_owed_is_remembered_until_it_is_done(
    database: Database, ann: Owner, ben: Owner
) -> None:
    def owe(tx: Transaction) -> None:
        for store in Store:
            tx.wipes.owe(store, user_id=ann.user, tenant_id=ann.tenant)
        tx.wipes.owe(Store.INDEX, user_id=ben.user, tenant_id=ben.tenant)

    await database.write(owe, by=SYSTEM)
    owed = await database.read(lambda tx: tx.wipes.owed(), by=SYSTEM)
    assert [(one.store, one.user_id) for one in owed] == [
        *((store, ann.user) for store in Store),
        (Store.INDEX, ben.user),
    ]
    assert await database.read(lambda tx: tx.wipes.owed(ann.user), by=SYSTEM) == owed[:-1]

    await database.write(lambda tx: tx.wipes.done([owed[0].id, owed[-1].id]), by=SYSTEM)

    assert await database.read(lambda tx: tx.wipes.owed(), by=SYSTEM) == owed[1:-1]
