"""Memories that change their profile: as they are, and still forgotten with what they came from."""

from datetime import timedelta

import pytest

from app.core.errors import InvalidInput, MemoryNotFound, ProfileNotFound
from app.models.ids import MemoryId, ProfileId, new_id
from app.models.job import JobState
from app.models.memory import Memory, MemoryKind, MemorySource, MemoryStatus
from app.models.message import Message
from app.models.profile import Profile
from tests.support.house import House
from tests.support.learner import a_minute_ahead, job_of
from tests.support.reading import Reader

TOLD = "I live in Bergen."
ASKED = "Where do I live?"


@pytest.fixture
async def work(house: House) -> Profile:
    return await house.profile("Work")


async def told(house: House, text: str = TOLD, profile: Profile | None = None) -> Message:
    """A message of the family's, unless told on another profile: learnt, and indexed."""
    session = await house.session(profile=profile)
    await house.say(session, text)
    await house.settle()
    return (await house.messages(session))[0]


async def noted(house: House, content: str, profile: Profile | None = None) -> Memory:
    """A memory that nobody said."""
    return await house.mem0.book.add(
        house.ada,
        (profile or house.family).id,
        kind=MemoryKind.FACT,
        content=content,
        importance=0.5,
        valid_from=None,
        valid_until=None,
    )


async def move(house: House, to: Profile, *memories: Memory, of: Profile | None = None) -> None:
    await house.mem0.moving.move(
        house.ada, (of or house.family).id, [memory.id for memory in memories], to=to.id
    )
    await house.mem0.indexer.catch_up()


async def test_a_moved_memory_is_the_same_on_another_profile(house: House, work: Profile) -> None:
    message = await told(house)
    [before] = await house.memories()
    history = await house.mem0.book.history(house.ada, before.id)

    await move(house, work, before)

    assert await house.memories() == []
    [after] = await house.memories(work)
    assert after.profile_id == work.id
    assert after.source_message_ids == (message.id,)
    for field in ("id", "content", "status", "said_at", "source", "created_at", "updated_at"):
        assert getattr(after, field) == getattr(before, field)
    assert await house.mem0.book.history(house.ada, before.id) == history


async def test_the_index_follows_on_both_profiles(house: House, work: Profile) -> None:
    message = await told(house)
    [memory] = await house.memories()

    await move(house, work, memory)

    assert await house.index.ids(work.namespace) == {memory.id}
    left = await house.index.ids(house.family.namespace)
    assert memory.id not in left
    assert message.id in left, "what was said stays where it was said"
    assert await house.recalled(ASKED, work) == [memory.content]


async def test_naming_a_memory_twice_moves_it_once(house: House, work: Profile) -> None:
    memory = await noted(house, "Ada keeps bees.")

    moved = await house.mem0.moving.move(
        house.ada, house.family.id, [memory.id, memory.id], to=work.id
    )

    assert moved.moved == [memory.id]


async def test_what_is_linked_goes_along_in_either_direction(house: House, work: Profile) -> None:
    await told(house, "I live in Oslo.")
    await told(house)
    other = await noted(house, "Ada keeps bees.")
    oslo = next(one for one in await house.memories() if one.status is MemoryStatus.SUPERSEDED)
    bergen = next(one for one in await house.memories() if one.id == oslo.superseded_by)

    await move(house, work, bergen)
    assert {one.id for one in await house.memories(work)} == {oslo.id, bergen.id}
    assert [one.id for one in await house.memories()] == [other.id]

    await move(house, house.family, oslo, of=work)
    assert await house.memories(work) == []
    kept = next(one for one in await house.memories() if one.id == oslo.id)
    assert kept.superseded_by == bergen.id


async def test_what_can_hold_only_once_holds_as_it_was_said_last(
    house: House, work: Profile
) -> None:
    await told(house, "I live in Oslo.", work)
    await told(house)
    [bergen] = await house.memories()

    moved = await house.mem0.moving.move(house.ada, house.family.id, [bergen.id], to=work.id)
    await house.mem0.indexer.catch_up()

    [oslo] = [one for one in await house.memories(work) if one.id != bergen.id]
    assert moved.superseded == [oslo.id]
    assert (oslo.status, oslo.superseded_by) == (MemoryStatus.SUPERSEDED, bergen.id)
    assert oslo.valid_until == bergen.said_at
    assert bergen.content in await house.recalled(ASKED, work)
    assert oslo.content not in await house.recalled(ASKED, work)


async def test_what_was_confirmed_since_holds_against_what_was_said_between(
    house: House, work: Profile
) -> None:
    await told(house, TOLD, work)
    await told(house, "I live in Oslo.")
    again = await told(house, TOLD, work)
    [oslo], [bergen] = await house.memories(), await house.memories(work)

    await move(house, work, oslo)

    ended = await house.mem0.book.get(house.ada, oslo.id)
    assert (ended.status, ended.superseded_by) == (MemoryStatus.SUPERSEDED, bergen.id)
    assert ended.valid_until == again.created_at


async def test_nothing_moves_when_one_of_them_is_not_there(house: House, work: Profile) -> None:
    mine, other = await noted(house, "Ada keeps bees."), await noted(house, "Ada runs.", work)

    for stranger in (other.id, MemoryId(new_id())):
        with pytest.raises(MemoryNotFound):
            await house.mem0.moving.move(
                house.ada, house.family.id, [mine.id, stranger], to=work.id
            )
    with pytest.raises(ProfileNotFound):
        await house.mem0.moving.move(house.ada, house.family.id, [mine.id], to=ProfileId(new_id()))
    with pytest.raises(InvalidInput):
        await house.mem0.moving.move(house.ada, house.family.id, [mine.id], to=house.family.id)

    assert [one.id for one in await house.memories()] == [mine.id]


async def test_a_moved_memory_that_is_forgotten_is_not_found_where_it_was_said(
    house: House, work: Profile
) -> None:
    message = await told(house)
    [memory] = await house.memories()
    await move(house, work, memory)

    receipt = await house.mem0.forgetting.memory(house.ada, memory.id)

    assert receipt.unlearned_messages == 2, "what was said, and the answer"
    kept = (await house.messages(message.session_id))[0]
    assert not kept.learnable
    assert await house.index.ids(house.family.namespace) == set()
    assert await house.index.ids(work.namespace) == set()
    assert await house.recalled(ASKED) == []


async def test_a_forgotten_message_takes_what_moved_away_from_it(
    house: House, work: Profile
) -> None:
    message = await told(house)
    [memory] = await house.memories()
    await move(house, work, memory)

    await house.mem0.forgetting.message(house.ada, message.session_id, message.id)

    assert await house.memories(work) == []
    assert await house.index.ids(work.namespace) == set()


async def test_an_answer_is_unlearnt_on_the_profile_where_it_was_shown_what_moved_since(
    house: House, work: Profile
) -> None:
    memory = await noted(house, "Ada keeps bees.")
    await house.mem0.indexer.catch_up()
    session = await house.session()
    await house.say(session, "Who keeps bees?")
    await move(house, work, memory)
    assert (await house.messages(session))[1].learnable

    await house.mem0.forgetting.memory(house.ada, memory.id)

    assert not (await house.messages(session))[1].learnable


@pytest.mark.parametrize("whole", [True, False])
async def test_a_profile_that_is_emptied_unlearns_what_moved_there(
    house: House, work: Profile, *, whole: bool
) -> None:
    message = await told(house)
    await move(house, work, *await house.memories())

    if whole:
        await house.mem0.forgetting.profile(house.ada, work.id)
    else:
        await house.mem0.forgetting.memories_of_profile(house.ada, work.id)

    assert not (await house.messages(message.session_id))[0].learnable
    assert await house.index.ids(house.family.namespace) == set()
    assert await house.index.ids(work.namespace) == set()


async def test_a_moved_copy_leaves_the_original_where_it_was_said(
    house: House, work: Profile
) -> None:
    message = await told(house)
    copy, _ = await house.mem0.book.copy(house.ada, house.family.id, target=None, name="Copy")
    [copied] = await house.memories(copy)
    assert copied.source is MemorySource.COPIED
    await move(house, work, copied, of=copy)

    await house.mem0.forgetting.memory(house.ada, copied.id)

    assert len(await house.memories()) == 1
    assert (await house.messages(message.session_id))[0].learnable
    assert message.id in await house.index.ids(house.family.namespace)


async def test_what_a_job_was_shown_and_moved_meanwhile_is_read_again_without_it(
    house: House, work: Profile
) -> None:
    known = await noted(house, "Anna lives in Bergen.")
    run = await house.say(await house.session(), "Plums taste good.")
    clock = a_minute_ahead()
    reader = Reader(house, clock)

    async with reader.reading():
        await move(house, work, known)

    assert await house.memories() == []
    assert await reader.learner.work_off_one()
    assert [one.content for one in await house.memories()] == ["Plums taste good."]
    assert [one.content for one in await house.memories(work)] == [known.content]
    assert (await reader.learner.outcome(house.ada, job_of(run))).job.state is JobState.DONE


async def test_what_is_said_again_where_it_moved_from_is_learnt_there_anew(
    house: House, work: Profile
) -> None:
    await told(house)
    [memory] = await house.memories()
    await move(house, work, memory)

    again = await told(house)

    [anew] = await house.memories()
    assert anew.source_message_ids == (again.id,)
    [moved] = await house.memories(work)
    assert len(moved.source_message_ids) == 1
    assert moved.said_at < anew.said_at + timedelta(seconds=1)
