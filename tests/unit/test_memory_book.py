from collections.abc import Mapping

import pytest

from app.core.errors import MemoryNotFound, ProfileNameTaken, ProfileNotFound
from app.models.ids import MemoryId, ProfileId, new_id
from app.models.memory import Memory, MemoryChange, MemoryKind, MemorySource, MemoryStatus
from app.models.profile import Profile
from tests.support.house import House


async def add(house: House, content: str, profile: Profile | None = None) -> Memory:
    return await house.mem0.book.add(
        house.ada,
        (profile or house.family).id,
        kind=MemoryKind.FACT,
        content=content,
        importance=0.5,
        valid_from=None,
        valid_until=None,
    )


async def changed(house: House, memory: Memory, changes: Mapping[str, object]) -> Memory:
    return await house.mem0.book.update(house.ada, memory.id, changes=changes)


async def contents(house: House, profile: Profile) -> list[str]:
    return [memory.content for memory in await house.memories(profile)]


async def test_a_memory_added_by_hand_is_found_at_once(house: House) -> None:
    memory = await add(house, "Ada keeps bees.")

    [found] = await house.mem0.recaller.search(
        house.ada, house.family.id, "bees", kinds=(), limit=5
    )

    assert (found.id, found.memory) == (memory.id, memory)
    assert (memory.source, memory.confidence) == (MemorySource.MANUAL, 1.0)


async def test_a_changed_memory_is_found_by_its_new_words_and_keeps_its_history(
    house: House,
) -> None:
    memory = await add(house, "Ada keeps bees.")
    await house.mem0.indexer.catch_up()

    await changed(house, memory, {"content": "Ada keeps goats."})
    await house.mem0.indexer.catch_up()

    assert await house.recalled("Who keeps goats?") == ["Ada keeps goats."]
    versions = await house.mem0.book.history(house.ada, memory.id)
    assert [(v.version, v.change, v.content) for v in versions] == [
        (1, MemoryChange.ADDED, "Ada keeps bees."),
        (2, MemoryChange.UPDATED, "Ada keeps goats."),
    ]


async def test_a_memory_that_is_rejected_is_not_recalled(house: House) -> None:
    memory = await add(house, "Ada keeps bees.")
    await house.mem0.indexer.catch_up()

    await changed(house, memory, {"status": MemoryStatus.REJECTED})
    assert await house.recalled("Who keeps bees?") == [], "SQL has the last word"
    await house.mem0.indexer.catch_up()

    assert await house.index.ids(house.family.namespace) == set()


async def test_what_is_absent_is_not_found(house: House) -> None:
    nothing = MemoryId(new_id())

    with pytest.raises(MemoryNotFound):
        await house.mem0.book.get(house.ada, nothing)
    with pytest.raises(MemoryNotFound):
        await house.mem0.book.update(house.ada, nothing, changes={"content": "x"})
    with pytest.raises(MemoryNotFound):
        await house.mem0.book.history(house.ada, nothing)
    with pytest.raises(ProfileNotFound):
        await house.mem0.book.stats(house.ada, ProfileId(new_id()))


async def test_a_copy_has_the_active_memories_in_their_order_and_is_found(house: House) -> None:
    for content in ("Ada keeps bees.", "Ada keeps goats."):
        await add(house, content)
    hidden = await add(house, "Ada keeps cats.")
    await changed(house, hidden, {"status": MemoryStatus.REJECTED})

    copy, count = await house.mem0.book.copy(house.ada, house.family.id, target=None, name="Copy")
    await house.mem0.indexer.catch_up()

    assert (count, copy.name, copy.is_default) == (2, "Copy", False)
    assert await contents(house, copy) == ["Ada keeps goats.", "Ada keeps bees."]
    assert {m.source for m in await house.memories(copy)} == {MemorySource.COPIED}
    assert "Ada keeps bees." in await house.recalled("Who keeps bees?", copy)


async def test_a_copy_into_a_profile_adds_only_what_it_does_not_know(house: House) -> None:
    work = await house.profile("Work")
    await add(house, "Ada keeps bees.", work)
    for content in ("Ada keeps bees.", "Ada keeps goats."):
        await add(house, content)

    _, first = await house.mem0.book.copy(house.ada, house.family.id, target=work.id, name=None)
    _, again = await house.mem0.book.copy(house.ada, house.family.id, target=work.id, name=None)

    assert (first, again) == (1, 0)
    assert sorted(await contents(house, work)) == ["Ada keeps bees.", "Ada keeps goats."]


async def test_a_copy_onto_itself_changes_nothing(house: House) -> None:
    await add(house, "Ada keeps bees.")

    _, count = await house.mem0.book.copy(
        house.ada, house.family.id, target=house.family.id, name=None
    )

    assert count == 0
    assert await contents(house, house.family) == ["Ada keeps bees."]


async def test_a_copy_that_cannot_be_named_copies_nothing(house: House) -> None:
    await add(house, "Ada keeps bees.")

    with pytest.raises(ProfileNameTaken):
        await house.mem0.book.copy(house.ada, house.family.id, target=None, name="family")

    assert (await house.mem0.book.stats(house.ada, house.family.id)).total == 1


async def test_figures_say_what_there_is_and_what_waits(house: House) -> None:
    memory = await add(house, "Ada keeps bees.")
    await changed(house, memory, {"status": MemoryStatus.REJECTED})
    await add(house, "Ada keeps goats.")
    await house.say(await house.session(), "I live in Bergen.")

    before = await house.mem0.book.stats(house.ada, house.family.id)
    assert before.total == 2
    assert before.by_status == {MemoryStatus.ACTIVE: 1, MemoryStatus.REJECTED: 1}
    assert before.by_kind == {MemoryKind.FACT: 2}
    assert before.pending_jobs >= 1
    assert before.pending_index_changes == 5

    await house.settle()
    after = await house.mem0.book.stats(house.ada, house.family.id)
    assert (after.pending_jobs, after.pending_index_changes, after.total) == (0, 0, 3)
