from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.models.actor import SYSTEM
from app.models.page import Page, PageKey
from app.ports.database import Database, Transaction
from tests.support.database import NOW, Owner, a_memory, a_message, a_profile, a_session

Read = Callable[[Transaction, PageKey | None, int], Page[Any]]


async def all_pages(database: Database, read: Read, *, limit: int) -> list[list[UUID]]:
    """The ids of each page in turn."""
    pages: list[list[UUID]] = []
    key: PageKey | None = None
    while True:
        page = await database.read(lambda tx, key=key: read(tx, key, limit), by=SYSTEM)  # type: ignore[misc]
        pages.append([item.id for item in page.items])
        if page.next_key is None:
            return pages
        assert len(page.items) == limit
        key = page.next_key


def flat(pages: Sequence[Sequence[UUID]]) -> list[UUID]:
    return [one for page in pages for one in page]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7, 100])
async def test_profiles_come_oldest_first(database: Database, ann: Owner, limit: int) -> None:
    new = [a_profile(ann.user, name=f"p{number}") for number in range(5)]

    def write(tx: Transaction) -> None:
        for profile in new:
            tx.profiles.add(profile, tenant_id=ann.tenant)

    await database.write(write, by=SYSTEM)

    pages = await all_pages(
        database,
        lambda tx, key, n: tx.profiles.page(owner=ann.user, after=key, limit=n),
        limit=limit,
    )

    assert flat(pages) == [ann.profile, *(profile.id for profile in new)]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
async def test_memories_come_newest_first(database: Database, ann: Owner, limit: int) -> None:
    new = [a_memory(ann, f"fact {number}") for number in range(5)]

    def write(tx: Transaction) -> None:
        for memory in new:
            tx.memories.add(memory, tenant_id=ann.tenant)

    await database.write(write, by=SYSTEM)

    pages = await all_pages(
        database,
        lambda tx, key, n: tx.memories.page(
            ann.profile, owner=ann.user, kind=None, status=None, after=key, limit=n
        ),
        limit=limit,
    )

    assert flat(pages) == [memory.id for memory in reversed(new)]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    minutes=st.lists(st.integers(min_value=0, max_value=3), max_size=9),
    limit=st.integers(min_value=1, max_value=10),
)
async def test_sessions_come_latest_first_also_when_many_were_active_at_once(
    database: Database, ann: Owner, minutes: list[int], limit: int
) -> None:
    profile = a_profile(ann.user, name=f"{minutes}{limit}")
    new = [
        a_session(ann.user, profile.id, at=NOW + timedelta(minutes=minute)) for minute in minutes
    ]

    def write(tx: Transaction) -> None:
        tx.profiles.add(profile, tenant_id=ann.tenant)
        for session in new:
            tx.sessions.add(session, tenant_id=ann.tenant)

    await database.write(write, by=SYSTEM)
    try:
        pages = await all_pages(
            database,
            lambda tx, key, n: tx.sessions.page(
                owner=ann.user, profile_id=profile.id, words=(), after=key, limit=n
            ),
            limit=limit,
        )
        latest = sorted(new, key=lambda session: (session.updated_at, session.id), reverse=True)
        assert flat(pages) == [session.id for session in latest]
    finally:
        await database.write(
            lambda tx: tx.profiles.delete(profile.id, owner=ann.user, at=NOW), by=SYSTEM
        )


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
async def test_messages_are_read_backwards_and_shown_forwards(
    database: Database, ann: Owner, limit: int
) -> None:
    new = [a_message(ann, f"message {number}") for number in range(5)]
    placed = await database.write(
        lambda tx: tx.messages.append(new, tenant_id=ann.tenant), by=SYSTEM
    )

    pages = await all_pages(
        database,
        lambda tx, key, n: tx.messages.page(ann.session, owner=ann.user, before=key, limit=n),
        limit=limit,
    )

    assert [message.seq for message in placed] == [1, 2, 3, 4, 5]
    assert flat(pages[::-1]) == [message.id for message in new]


async def test_positions_go_on_after_messages_were_deleted(database: Database, ann: Owner) -> None:
    def work(tx: Transaction) -> list[int]:
        first = tx.messages.append([a_message(ann), a_message(ann)], tenant_id=ann.tenant)
        tx.messages.delete([first[1].id], owner=ann.user)
        [later] = tx.messages.append([a_message(ann)], tenant_id=ann.tenant)
        assert tx.sessions.get(ann.session, owner=ann.user).message_count == 2
        return [message.seq for message in (*first, later)]

    assert await database.write(work, by=SYSTEM) == [1, 2, 3]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("ÜBUNG",), True),
        (("übung", "straße"), True),
        (("übung", "zug"), False),
        (("100%",), True),
        (("1%",), False),
        (("_",), False),
        (("\\",), False),
        (("寿司",), True),
        ((), True),
    ],
)
async def test_sessions_are_found_by_words_of_title_or_messages(
    database: Database,
    ann: Owner,
    words: tuple[str, ...],
    found: bool,  # noqa: FBT001 - a table
) -> None:
    def write(tx: Transaction) -> None:
        tx.sessions.update(ann.session, owner=ann.user, changes={"title": "Übung"}, at=NOW)
        tx.messages.append(
            [a_message(ann, "Die STRASSE, die Straße, 100% 寿司")], tenant_id=ann.tenant
        )

    await database.write(write, by=SYSTEM)
    page = await database.read(
        lambda tx: tx.sessions.page(
            owner=ann.user, profile_id=None, words=words, after=None, limit=9
        ),
        by=SYSTEM,
    )

    assert bool(page.items) is found
