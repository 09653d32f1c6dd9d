"""Rows that are copied from SQLite to Postgres come to the same there, down to the last bit."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, text, tuple_, update

from app.adapters.relocation.rows import PAGE, OriginalRows, TableRows, records_of, tally
from app.adapters.sql import tables
from app.adapters.sql.cipher import PlainText
from app.adapters.sql.engines import Engines, open_engines
from app.adapters.sql.transaction import SqlTransaction
from app.models.actor import SYSTEM
from app.models.ids import new_id
from tests.support.database import LIMITS, NOW, PostgresSite, a_document, add_owner, at_head

LONG_AGO = datetime(1, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
PERSONAS = (None, "null", '{"b":1.50, "a":[], "a":"\\u0000"}')
AT_LAST = datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC)
CHAIN = (
    tables.tenants,
    tables.users,
    tables.memory_profiles,
    tables.memories,
    tables.memory_versions,
)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Engines]:
    engines = open_engines(f"sqlite:///{at_head(tmp_path)}")
    with engines.writer.begin() as connection:
        _fill(connection)
    yield engines
    engines.writer.dispose()
    engines.reader.dispose()


@pytest.fixture
def there(postgres_site: PostgresSite) -> Iterator[Engines]:
    engines = open_engines(postgres_site.url, limits=LIMITS)
    with engines.system.begin() as connection:
        connection.execute(tables.tenants.delete())
    yield engines
    engines.writer.dispose()
    engines.medium.close()


def _fill(connection: Connection) -> None:
    """Values that databases might keep each in its own way."""
    tenant = connection.execute(select(tables.tenants.c.id)).scalar_one()
    its: dict[str, Any] = {"tenant_id": tenant, "user_id": new_id()}
    times = {"created_at": LONG_AGO, "updated_at": AT_LAST}
    connection.execute(
        insert(tables.users).values(
            id=its["user_id"],
            tenant_id=tenant,
            email="Ærø+仕事@example.com",
            password_hash="!",
            display_name="",
            role="user",
            plan="free",
            **times,
        )
    )
    for number, persona in enumerate(PERSONAS):
        profile = new_id()
        connection.execute(
            insert(tables.memory_profiles).values(
                id=profile,
                **its,
                name="🦒 \\' \t\n\r",
                name_key=str(number),
                description=None,
                is_default=number == 1,
                learning="auto",
                speakers=["é"],
                redact_pii=number == 0,
                sealed_name=b"" if number else bytes(range(256)),
                **times,
            )
        )
        connection.execute(
            text("UPDATE memory_profiles SET persona = :persona WHERE id = :id"),
            {"persona": persona, "id": profile.hex},
        )
    memories = [
        {
            **its,
            "id": new_id(),
            "memory_profile_id": profile,
            "kind": "fact",
            "content": "\u2028",
            "importance": importance,
            "confidence": 1.0,
            "status": "active",
            "said_at": NOW,
            "replaces": [str(new_id())],
            "source": "learnt",
            **times,
        }
        for importance in (5e-324, 0.1 + 0.2, -0.0, 1e308)
    ]
    connection.execute(insert(tables.memories), memories)
    connection.execute(
        insert(tables.memory_versions),
        [
            {
                **its,
                "memory_id": one["id"],
                "version": n,
                "change": "updated",
                "content": f"{n}",
                "created_at": NOW,
            }
            for one in memories
            for n in range(1, PAGE // 2)
        ],
    )


def copied(here: Engines, there: Engines) -> None:
    for table in CHAIN:
        target = TableRows(there.system, table)
        for some in records_of(TableRows(here.reader, table), after=target.last()):
            target.add(some)


def test_every_value_stands_there_as_it_stood(here: Engines, there: Engines) -> None:
    copied(here, there)

    for table in CHAIN:
        counted: list[int] = []
        mine = tally(TableRows(here.reader, table), advance=counted.append)
        assert mine.rows == sum(counted) > 0
        assert tally(TableRows(there.system, table), advance=int) == mine, table.name
    profiles = "SELECT persona::text FROM memory_profiles ORDER BY name_key"
    with there.writer.connect().execution_options(actor=SYSTEM) as connection, connection.begin():
        assert list(connection.execute(text(profiles)).scalars()) == [
            *PERSONAS,
        ]


def test_a_row_more_or_less_or_another_value_comes_to_something_else(
    here: Engines, there: Engines
) -> None:
    copied(here, there)
    rows = TableRows(there.system, tables.memories)
    found = {tally(rows, advance=int)}
    for statement in (
        update(tables.memories)
        .where(tables.memories.c.importance > 1)
        .values(superseded_by=new_id()),
        update(tables.memories).where(tables.memories.c.importance > 1).values(importance=1e307),
        tables.memories.delete().where(tables.memories.c.importance > 1),
    ):
        with there.system.begin() as connection:
            assert connection.execute(statement).rowcount == 1
        found.add(tally(rows, advance=int))

    assert len(found) == 4


def test_originals_are_read_one_by_one_and_nothing_else_of_their_documents(tmp_path: Path) -> None:
    engines = open_engines(f"sqlite:///{at_head(tmp_path)}")
    with engines.writer.begin() as connection:
        tx = SqlTransaction(connection, PlainText())
        owner = add_owner(tx)
        brought = sorted((a_document(owner) for _ in range(40)), key=lambda one: one.id)
        for document in brought:
            tx.documents.add(document)
    (folder := tmp_path / str(owner.user)).mkdir()
    for document in brought[::2]:
        (folder / str(document.id)).write_bytes(b"of " + document.id.bytes)
    read = 0

    def counted(_cursor: object, row: tuple[Any, ...]) -> tuple[Any, ...]:
        nonlocal read
        read += 1
        return row

    @event.listens_for(engines.reader, "checkout")
    def count(connection: Any, *_: object) -> None:
        connection.row_factory = counted

    pages = list(records_of(OriginalRows(engines.reader, tmp_path)))

    assert [[one["content"] for one in page] for page in pages] == [
        [b"of " + document.id.bytes] for document in brought[::2]
    ]
    assert read == len(brought)
    engines.writer.dispose()
    engines.reader.dispose()


def test_copying_goes_on_behind_the_last_row_that_is_there(here: Engines, there: Engines) -> None:
    versions = tables.memory_versions
    source, target = (TableRows(one, versions) for one in (here.reader, there.system))
    copied(here, there)
    with there.system.begin() as connection:
        second = sorted(connection.execute(select(tables.memories.c.id)).scalars())[1]
        behind = tuple_(versions.c.memory_id, versions.c.version) > tuple_(second, 7)
        assert connection.execute(versions.delete().where(behind)).rowcount > PAGE
    assert target.last() == (second, 7)

    copied(here, there)

    assert tally(target, advance=int) == tally(source, advance=int)
