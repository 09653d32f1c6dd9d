from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.core.errors import MemoryNotFound, MessageNotFound
from app.models.actor import SYSTEM
from app.models.ids import MemoryId, MessageId, new_id
from app.models.memory import MemoryChange, MemoryKind, MemoryStatus
from app.models.message import MemoryUse, Message, Role
from app.ports.database import Database, Transaction
from tests.support.database import NOW, Owner, a_memory, a_message


async def said(database: Database, owner: Owner, *contents: str) -> list[MessageId]:
    messages = [a_message(owner, content) for content in contents]
    await database.write(lambda tx: tx.messages.append(messages, tenant_id=owner.tenant), by=SYSTEM)
    return [message.id for message in messages]


async def remembered(
    database: Database, owner: Owner, content: str, *sources: MessageId, **fields: Any
) -> MemoryId:
    memory = a_memory(owner, content, source_message_ids=sources, **fields)
    await database.write(lambda tx: tx.memories.add(memory, tenant_id=owner.tenant), by=SYSTEM)
    return memory.id


async def test_what_is_unlearnt_is_neither_learnt_nor_found_again(
    database: Database, ann: Owner
) -> None:
    first, second = await said(database, ann, "1", "2")

    async def unlearn() -> object:
        return await database.write(
            lambda tx: tx.messages.unlearn([first, MessageId(new_id())]), by=SYSTEM
        )

    assert await unlearn() == [first]
    assert await unlearn() == [], "it was no longer learnable"

    def look(tx: Transaction) -> tuple[Message, object]:
        return tx.messages.get(first, owner=ann.user), tx.messages.episode_ids(ann.profile)

    message, episodes = await database.read(look, by=SYSTEM)
    assert (message.learnable, message.searchable, message.content) == (False, False, "1")
    assert episodes == [second]


async def test_a_profile_is_unlearnt_and_no_other(
    database: Database, ann: Owner, ben: Owner
) -> None:
    messages = await said(database, ann, "1", "2")
    others = await said(database, ben, "3")

    unlearnt = await database.write(lambda tx: tx.messages.unlearn_profile(ann.profile), by=SYSTEM)

    assert set(unlearnt) == set(messages)
    assert await database.read(lambda tx: tx.messages.episode_ids(ann.profile), by=SYSTEM) == []
    assert await database.read(lambda tx: tx.messages.episode_ids(ben.profile), by=SYSTEM) == others


async def test_more_messages_than_one_statement_takes(database: Database, ann: Owner) -> None:
    ids = await said(database, ann, *(str(number) for number in range(1_201)))

    def work(tx: Transaction) -> tuple[int, int, int]:
        found = len(tx.messages.by_ids(ids, owner=ann.user))
        unlearnt = len(tx.messages.unlearn(ids))
        return found, unlearnt, tx.messages.delete(ids, owner=ann.user)

    assert await database.write(work, by=SYSTEM) == (1_201, 1_201, 1_201)
    session = await database.read(
        lambda tx: tx.sessions.get(ann.session, owner=ann.user), by=SYSTEM
    )
    assert session.message_count == 0


async def test_a_memory_rests_on_its_messages_and_on_what_it_repeats(
    database: Database, ann: Owner
) -> None:
    first, second, third = await said(database, ann, "1", "2", "3")
    one = await remembered(database, ann, "from one", first)
    two = await remembered(database, ann, "from two", first, second)
    await remembered(database, ann, "from a third", third)
    echo = await remembered(database, ann, "from nothing", repeats=(one,))

    async def resting_on(*ids: UUID) -> set[MemoryId]:
        def work(tx: Transaction) -> set[MemoryId]:
            return set(tx.memories.resting_on(ids, profiles=[ann.profile]))

        return await database.read(work, by=SYSTEM)

    assert await resting_on() == set()
    assert await resting_on(MessageId(new_id())) == set()
    assert await resting_on(first) == {one, two}
    assert await resting_on(second) == {two}
    assert await resting_on(one) == {echo}
    assert await resting_on(two, second) == {two}

    await database.write(lambda tx: tx.memories.add_sources(one, [third, third, first]), by=SYSTEM)
    assert one in await resting_on(third)
    memory = await database.read(lambda tx: tx.memories.get(one, owner=ann.user), by=SYSTEM)
    assert set(memory.source_message_ids) == {first, third}


async def test_a_deleted_message_is_no_source_any_more(database: Database, ann: Owner) -> None:
    first, second = await said(database, ann, "1", "2")
    memory = await remembered(database, ann, "from two", first, second)

    await database.write(lambda tx: tx.messages.delete([first], owner=ann.user), by=SYSTEM)

    left = await database.read(lambda tx: tx.memories.get(memory, owner=ann.user), by=SYSTEM)
    assert left.source_message_ids == (second,)
    with pytest.raises(MessageNotFound):
        await database.read(lambda tx: tx.messages.get(first, owner=ann.user), by=SYSTEM)


async def test_a_deleted_memory_leaves_no_versions(database: Database, ann: Owner) -> None:
    memory = await remembered(database, ann, "Anna likes tea.")

    assert (
        await database.write(lambda tx: tx.memories.delete([memory], owner=ann.user), by=SYSTEM)
        == 1
    )

    assert (
        await database.read(lambda tx: tx.memories.versions(memory, owner=ann.user), by=SYSTEM)
        == []
    )
    with pytest.raises(MemoryNotFound):
        await database.read(lambda tx: tx.memories.get(memory, owner=ann.user), by=SYSTEM)
    counts = dict(await database.read(lambda tx: tx.users.owned_row_counts(ann.user), by=SYSTEM))
    assert counts["memory_versions"] == counts["memory_sources"] == counts["memories"] == 0


async def test_what_says_the_same_is_found_on_its_profile_whatever_its_status(
    database: Database, ann: Owner, ben: Owner
) -> None:
    rejected = a_memory(ann, "Anna likes tea.", status=MemoryStatus.REJECTED)
    await database.write(lambda tx: tx.memories.add(rejected, tenant_id=ann.tenant), by=SYSTEM)
    await remembered(database, ben, "Ben likes tea.")
    contents = ["Anna likes tea.", "Anna likes tea", "ANNA LIKES TEA.", "Ben likes tea."]

    found = await database.read(
        lambda tx: tx.memories.with_content(ann.profile, contents), by=SYSTEM
    )

    assert [memory.id for memory in found] == [rejected.id]


async def test_a_summary_is_forgotten_and_a_title_that_repeats_what_was_said(
    database: Database, ann: Owner
) -> None:
    await said(database, ann, "1", "2")

    def entitle(tx: Transaction, title: str) -> None:
        tx.sessions.update(ann.session, owner=ann.user, changes={"title": title}, at=NOW)
        tx.sessions.summarise(ann.session, "They counted.", upto_seq=2)

    for title, left in (("1", None), ("Numbers", "Numbers")):
        await database.write(lambda tx, title=title: entitle(tx, title), by=SYSTEM)  # type: ignore[misc]
        await database.write(
            lambda tx: tx.sessions.forget_words(ann.session, titles=["1", "2"]), by=SYSTEM
        )

        session = await database.read(
            lambda tx: tx.sessions.get(ann.session, owner=ann.user), by=SYSTEM
        )
        assert (session.title, session.summary, session.summary_seq) == (left, None, 0)


async def test_a_summary_never_goes_back_and_never_ahead(database: Database, ann: Owner) -> None:
    await said(database, ann, "1", "2")

    async def summary_after(text: str, upto_seq: int) -> tuple[str | None, int]:
        await database.write(
            lambda tx: tx.sessions.summarise(ann.session, text, upto_seq=upto_seq), by=SYSTEM
        )
        session = await database.read(
            lambda tx: tx.sessions.get(ann.session, owner=ann.user), by=SYSTEM
        )
        return session.summary, session.summary_seq

    assert await summary_after("too far", 3) == (None, 0)
    assert await summary_after("both", 2) == ("both", 2)
    assert await summary_after("one", 1) == ("both", 2)


async def test_changes_wait_for_the_index_in_order_until_they_are_durable(
    database: Database, ann: Owner, ben: Owner
) -> None:
    points = [uuid4() for _ in range(3)]

    def mark(tx: Transaction) -> None:
        tx.index_changes.mark(ann.namespace, points, tenant_id=ann.tenant, is_episode=True)
        tx.index_changes.mark_all(ben.namespace, tenant_id=ben.tenant)
        tx.index_changes.mark(ann.namespace, [], tenant_id=ann.tenant, is_episode=False)

    await database.write(mark, by=SYSTEM)
    assert set(await database.read(lambda tx: tx.index_changes.waiting(), by=SYSTEM)) == {
        (ann.tenant, ann.namespace),
        (ben.tenant, ben.namespace),
    }
    waiting = await database.read(
        lambda tx: tx.index_changes.oldest(ann.namespace, limit=10), by=SYSTEM
    )
    assert [change.point_id for change in waiting] == points
    assert {change.namespace for change in waiting} == {ann.namespace}
    assert {change.is_episode for change in waiting} == {True}
    assert waiting == await database.read(lambda tx: tx.index_changes.of_owner(ann.user), by=SYSTEM)
    [whole] = await database.read(
        lambda tx: tx.index_changes.oldest(ben.namespace, limit=10), by=SYSTEM
    )
    assert (whole.point_id, whole.namespace, whole.is_episode) == (None, ben.namespace, False)

    async def counts() -> list[int]:
        return await database.read(
            lambda tx: [tx.index_changes.count(owner.profile) for owner in (ann, ben)], by=SYSTEM
        )

    assert await counts() == [3, 1]
    done = [change.id for change in waiting[:2]]
    await database.write(lambda tx: tx.index_changes.mark_applied(done), by=SYSTEM)
    assert await counts() == [1, 1]
    assert await database.read(lambda tx: tx.index_changes.applied(), by=SYSTEM) == done
    await database.write(lambda tx: tx.index_changes.remove(done[:1]), by=SYSTEM)
    assert await database.write(lambda tx: tx.index_changes.restart(), by=SYSTEM) == 1
    assert await counts() == [2, 1]
    [oldest] = await database.read(
        lambda tx: tx.index_changes.oldest(ann.namespace, limit=1), by=SYSTEM
    )
    assert oldest.point_id == points[1]


async def test_changes_outlive_the_profile_that_they_are_about(
    database: Database, ann: Owner
) -> None:
    def work(tx: Transaction) -> None:
        tx.index_changes.mark_all(ann.namespace, tenant_id=ann.tenant)
        tx.users.delete(ann.user)

    await database.write(work, by=SYSTEM)

    [change] = await database.read(lambda tx: tx.index_changes.of_owner(ann.user), by=SYSTEM)
    assert change.namespace == ann.namespace


async def test_answers_in_sight_are_those_that_used_it_or_came_after(
    database: Database, ann: Owner
) -> None:
    memory = await remembered(database, ann, "Anna likes tea.")
    use = MemoryUse(memory, MemoryKind.FACT, 1.0)
    before, used, after = [
        replace(a_message(ann, content), role=Role.ASSISTANT, memories_used=uses, learnable=False)
        for content, uses in (("one", ()), ("two", (use,)), ("three", ()))
    ]
    asked = a_message(ann, "four")
    said = [before, used, asked, after]
    await database.write(lambda tx: tx.messages.append(said, tenant_id=ann.tenant), by=SYSTEM)

    def look(tx: Transaction) -> list[MessageId]:
        return list(tx.messages.in_sight([ann.profile], shown=[memory]))

    assert await database.read(look, by=SYSTEM) == [used.id, after.id]


async def test_what_repeats_the_forgotten_is_not_found(database: Database, ann: Owner) -> None:
    [first] = await said(database, ann, "It is Bergen.")

    async def found() -> int:
        page = await database.read(
            lambda tx: tx.sessions.page(
                owner=ann.user, profile_id=None, words=["Bergen"], after=None, limit=9
            ),
            by=SYSTEM,
        )
        return len(page.items)

    assert await found() == 1

    await database.write(lambda tx: tx.messages.mark_repeating([first]), by=SYSTEM)

    assert await found() == 0
    message = await database.read(lambda tx: tx.messages.get(first, owner=ann.user), by=SYSTEM)
    assert (message.content, message.repeats_forgotten) == ("It is Bergen.", True)
    assert (message.learnable, message.searchable) == (False, False)


async def test_what_a_memory_ever_said_is_known(database: Database, ann: Owner) -> None:
    memory = await remembered(database, ann, "Anna likes tea.")

    def change(tx: Transaction) -> list[str]:
        tx.memories.update(
            memory,
            owner=ann.user,
            changes={"content": "Anna likes milk."},
            change=MemoryChange.UPDATED,
            job_id=None,
            at=NOW,
        )
        return sorted(tx.memories.ever_said([memory], owner=ann.user))

    assert await database.write(change, by=SYSTEM) == ["Anna likes milk.", "Anna likes tea."]
