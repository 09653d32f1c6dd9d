"""How SQLite means to find what the services ask for, over a day in the life of a profile."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from app.models.memory import MemoryStatus
from tests.support.house import House

OF_AN_OWNER_ALONE = re.compile(r"(?:FROM|UPDATE) (\w+) WHERE \1\.user_id = \?(?: LIMIT| ORDER|$)")
READS_ALL_OF_AN_OWNER = re.compile(r"ix_\w+_user_id \(user_id=\?\)")
READS_ALL = re.compile(r"^SCAN (chat_\w+|memories|memory_\w+)$")


@pytest.fixture
def asked() -> Iterator[dict[str, Any]]:
    """Each statement, with the parameters that it came with last."""
    statements: dict[str, Any] = {}

    def note(_connection: object, _cursor: object, statement: str, given: Any, *rest: Any) -> None:
        statements[statement] = given[0] if rest[-1] and given else given

    event.listen(Engine, "before_cursor_execute", note)
    yield statements
    event.remove(Engine, "before_cursor_execute", note)


async def test_no_statement_reads_everything_of_an_owner_or_of_all(
    house: House, asked: dict[str, Any], tmp_path: Path
) -> None:
    session = await house.session()
    for text in ("I live in Berlin.", "I moved to Munich.", "I like figs.", "Where do I live?"):
        await house.say(session, text)
    await house.settle()
    memories = await house.memories()
    await house.mem0.book.stats(house.ada, house.family.id)
    await house.mem0.book.page(
        house.ada, house.family.id, kind=None, status=MemoryStatus.ACTIVE, after=None, limit=5
    )
    await house.mem0.recaller.search(house.ada, house.family.id, "home", kinds=(), limit=5)
    await house.mem0.indexer.reconcile()
    await house.mem0.forgetting.memory(house.ada, memories[0].id)
    for message in (await house.messages(session))[:3]:
        await house.mem0.forgetting.message(house.ada, session, message.id)
    await house.mem0.forgetting.session(house.ada, session)
    await house.mem0.forgetting.memories_of_profile(house.ada, house.family.id)

    assert len(asked) > 50
    assert _poor(tmp_path / "house.db", asked) == []


async def test_what_waits_for_the_index_is_read_for_one_profile_at_a_time(
    house: House, asked: dict[str, Any]
) -> None:
    await house.profile("Work")
    await house.say(await house.session(), "I live in Berlin.")
    asked.clear()

    assert await house.mem0.indexer.reconcile()

    read = [one for one in asked if "FROM index_changes" in one]
    assert read
    assert [one for one in read if "memory_profile_id = ?" not in one] == []


def _poor(database: Path, asked: dict[str, Any]) -> list[tuple[str, str]]:
    found = []
    with closing(sqlite3.connect(database)) as connection:
        connection.create_function("lower", 1, str.lower)
        for statement, given in asked.items():
            flat = " ".join(statement.split())
            if " WHERE " not in flat or OF_AN_OWNER_ALONE.search(flat):
                continue
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", given):
                if READS_ALL_OF_AN_OWNER.search(step) or READS_ALL.search(step):
                    found.append((step, flat))
    return found
