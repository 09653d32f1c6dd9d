"""Words are under the key of their owner, and of use in the place where they were written only."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from app.adapters.sql import tables
from app.adapters.sql.engines import open_engines
from app.adapters.sql.sealed_search import SealedSearch
from app.adapters.sql.transaction import SqlTransaction
from app.adapters.sql.words import SESSION
from app.core.errors import ProfileNameTaken, StorageUnavailable
from app.models.actor import SYSTEM
from app.ports.database import Database, Transaction
from tests.support.at_rest import Told
from tests.support.canaries import Canaries
from tests.support.database import (
    FILE,
    NOW,
    Owner,
    a_cipher,
    a_memory,
    a_message,
    a_profile,
    a_session,
    add_owner,
    at_head,
)
from tests.support.traces import traces


def execute(folder: Path, statement: str) -> int:
    """How many rows somebody changed who has the file and no key."""
    with closing(sqlite3.connect(folder / "memorychat.db")) as connection, connection:
        return connection.execute(statement).rowcount


async def test_no_word_is_in_any_file(database: Database, tmp_path: Path) -> None:
    said = Canaries()
    told = await database.write(lambda tx: Told(tx, said), by=SYSTEM)

    assert [word for word in said if word not in await database.read(told.words, by=SYSTEM)] == []
    assert traces(said, tmp_path) == [], "while it runs"
    await database.scrub()
    await database.close()
    assert traces(said, tmp_path) == []


async def test_the_same_words_look_different_in_every_row(
    database: Database, ann: Owner, tmp_path: Path
) -> None:
    await database.write(
        lambda tx: tx.messages.append([a_message(ann), a_message(ann)], tenant_id=ann.tenant),
        by=SYSTEM,
    )

    with closing(sqlite3.connect(tmp_path / "memorychat.db")) as connection:
        rows = connection.execute("SELECT sealed_content, content FROM chat_messages").fetchall()
    assert len({sealed for sealed, _ in rows}) == 2
    assert {clear for _, clear in rows} == {""}


MOVES = {
    "to another row": "UPDATE chat_messages SET sealed_content = (SELECT sealed_content FROM "
    "chat_messages ORDER BY seq LIMIT 1) WHERE seq = 2",
    "to another column": "UPDATE chat_messages SET sealed_name = sealed_content WHERE seq = 2",
    "to another owner": "UPDATE chat_messages SET user_id = (SELECT id FROM users WHERE id != "
    "chat_messages.user_id) WHERE seq = 2",
    "and changed": "UPDATE chat_messages SET sealed_content = substr(sealed_content, 1, 20) "
    "WHERE seq = 2",
    "from another table": "UPDATE memories SET sealed_content = (SELECT sealed_content FROM "
    "memory_versions)",
}


@pytest.mark.parametrize("move", MOVES)
async def test_words_that_are_moved_are_not_shown(
    database: Database, ann: Owner, ben: Owner, tmp_path: Path, move: str
) -> None:
    def talk(tx: Transaction) -> None:
        tx.messages.append([a_message(ann), a_message(ann)], tenant_id=ann.tenant)
        tx.memories.add(a_memory(ann), tenant_id=ann.tenant)

    await database.write(talk, by=SYSTEM)

    assert execute(tmp_path, MOVES[move]) == 1

    with pytest.raises(StorageUnavailable):
        await database.read(
            lambda tx: (
                tx.messages.recent(ann.session, limit=2),
                tx.memories.in_slot(ann.profile, "user|tea"),
                tx.memories.page(
                    ann.profile, owner=ann.user, kind=None, status=None, after=None, limit=9
                ),
            ),
            by=SYSTEM,
        )


async def test_memories_are_found_by_what_they_say_and_by_their_slot(
    database: Database, ann: Owner, ben: Owner
) -> None:
    tea, milk = a_memory(ann, slot="user|tea"), a_memory(ann, "Anna likes milk.")

    def work(tx: Transaction) -> None:
        for owner, memory in ((ann, tea), (ann, milk), (ben, a_memory(ben, slot="user|tea"))):
            tx.memories.add(memory, tenant_id=owner.tenant)
        tx.memories.update(
            milk.id,
            owner=ann.user,
            changes={"content": "Anna likes oats.", "slot": "user|oats"},
            change=tx.memories.versions(milk.id, owner=ann.user)[0].change,
            job_id=None,
            at=NOW,
        )

    await database.write(work, by=SYSTEM)

    def found(tx: Transaction) -> list[set[str]]:
        return [
            {one.content for one in tx.memories.with_content(ann.profile, contents)}
            for contents in (["Anna likes tea.", "Anna likes oats."], ["Anna likes milk."], [])
        ] + [{one.content for one in tx.memories.in_slot(ann.profile, "user|oats")}]

    assert await database.read(found, by=SYSTEM) == [
        {"Anna likes tea.", "Anna likes oats."},
        set(),
        set(),
        {"Anna likes oats."},
    ]


async def test_names_are_unique_whatever_their_case(database: Database, ann: Owner) -> None:
    taken = a_profile(ann.user, name="PERSONAL")

    with pytest.raises(ProfileNameTaken):
        await database.write(lambda tx: tx.profiles.add(taken, tenant_id=ann.tenant), by=SYSTEM)


async def test_speakers_are_those_of_the_messages(database: Database, ann: Owner) -> None:
    def work(tx: Transaction) -> None:
        names = ("Anna", "Ben", None, "Anna")
        messages = [a_message(ann, name=name) for name in names]
        tx.messages.append(messages, tenant_id=ann.tenant)
        tx.profiles.add_speakers(ann.profile, ["Anna", "Ben", "Clara"])
        tx.profiles.refresh_speakers(ann.profile)

    await database.write(work, by=SYSTEM)

    profile = await database.read(
        lambda tx: tx.profiles.get(ann.profile, owner=ann.user), by=SYSTEM
    )
    assert sorted(profile.speakers) == ["Anna", "Ben"]


async def test_a_title_is_forgotten_with_the_message_that_it_repeats(
    database: Database, ann: Owner
) -> None:
    def work(tx: Transaction) -> tuple[str | None, str | None]:
        tx.sessions.update(ann.session, owner=ann.user, changes={"title": "Tea"}, at=NOW)
        tx.sessions.forget_words(ann.session, titles=["Coffee"])
        before = tx.sessions.get(ann.session, owner=ann.user).title
        tx.sessions.forget_words(ann.session, titles=["Coffee", "Tea"])
        return before, tx.sessions.get(ann.session, owner=ann.user).title

    assert await database.write(work, by=SYSTEM) == ("Tea", None)


async def test_a_search_looks_through_so_much_and_says_where_to_look_on(tmp_path: Path) -> None:
    at_head(tmp_path)
    cipher = a_cipher(tmp_path)
    engines = open_engines(f"sqlite:///{tmp_path / FILE}")
    with engines.writer.begin() as connection:
        tx = SqlTransaction(connection, cipher)
        ann = add_owner(tx)
        for title in ("Tea", None, None, "Teapots"):
            session = a_session(ann.user, ann.profile, title=title)
            tx.sessions.add(session, tenant_id=ann.tenant)
        search = SealedSearch(connection, cipher, max_rows=2)
        table, titles, pages = tables.chat_sessions, [], 0
        query = select(table).order_by(table.c.id.desc())
        found = search.find(query, words=["TEA"], limit=5)
        while found.next_key:
            titles += [cipher.show(SESSION, row).title for row in found.rows]
            pages += 1
            further = query.where(table.c.id < found.next_key.id)
            found = search.find(further, words=["TEA"], limit=5)
    engines.writer.dispose()
    cipher.close()

    assert (titles, pages) == (["Teapots", "Tea"], 2)


async def test_a_session_without_any_words_has_none(database: Database, ann: Owner) -> None:
    session = await database.read(
        lambda tx: tx.sessions.get(ann.session, owner=ann.user), by=SYSTEM
    )

    assert (session.title, session.summary) == (None, None)
