"""What a job does when something changes while its extractor reads."""

from collections.abc import Awaitable, Callable

import pytest

from app.core.errors import ExtractionMalformed
from app.models.job import JobState
from app.models.memory import Memory, MemoryKind, MemoryStatus
from app.models.profile import Learning
from tests.support.clock import HandClock
from tests.support.house import House
from tests.support.learner import a_learner, a_minute_ahead, job_of
from tests.support.reading import Reader
from tests.support.scripted_extractor import ScriptedExtractor


@pytest.fixture
def clock() -> HandClock:
    return a_minute_ahead()


@pytest.fixture
def reader(house: House, clock: HandClock) -> Reader:
    return Reader(house, clock)


async def contents(house: House) -> list[str]:
    return [memory.content for memory in await house.memories()]


async def set_learning(house: House, learning: Learning) -> None:
    await house.profiles.update(house.ada, house.family.id, changes={"learning": learning})


async def test_what_was_read_beside_a_message_deleted_meanwhile_is_read_again_without_it(
    house: House, clock: HandClock, reader: Reader
) -> None:
    session = await house.session()
    await house.say(session, "I have a dog.")
    await a_learner(house, ScriptedExtractor(ExtractionMalformed()), clock).work_off_one()
    run = await house.say(session, "Its name is Rex.")

    async with reader.reading():
        before = (await house.messages(session))[0]
        await house.mem0.forgetting.message(house.ada, session, before.id)

    assert await contents(house) == []
    assert await reader.learner.work_off_one()
    assert reader.extractor.calls[-1] == (["Its name is Rex."], [])
    assert await contents(house) == ["Its name is Rex."]
    job = (await reader.learner.outcome(house.ada, job_of(run))).job
    assert (job.state, job.attempts, job.error) == (JobState.DONE, 1, None)


async def delete(house: House, memory: Memory) -> None:
    await house.mem0.forgetting.memory(house.ada, memory.id)


async def edit(house: House, memory: Memory) -> None:
    await house.mem0.book.update(house.ada, memory.id, changes={"content": "Anna moved."})


@pytest.mark.parametrize(("change", "left"), [(delete, []), (edit, ["Anna moved."])])
async def test_what_was_read_beside_a_memory_changed_meanwhile_is_read_again(
    house: House,
    reader: Reader,
    change: Callable[[House, Memory], Awaitable[None]],
    left: list[str],
) -> None:
    known = await house.mem0.book.add(
        house.ada,
        house.family.id,
        kind=MemoryKind.FACT,
        content="Anna lives in Bergen.",
        importance=0.5,
        valid_from=None,
        valid_until=None,
    )
    await house.say(await house.session(), "Plums taste good.")

    async with reader.reading():
        await change(house, known)

    assert await contents(house) == left
    assert await reader.learner.work_off_one()
    assert sorted(await contents(house)) == [*left, "Plums taste good."]


async def test_a_message_of_the_job_deleted_meanwhile_takes_what_was_found_beside_it_along(
    house: House, reader: Reader
) -> None:
    session = await house.session()
    await house.say(session, "I like figs.")
    await house.say(session, "A secret.")
    await house.say(session, "I like plums.")

    async with reader.reading():
        question = (await house.messages(session))[2]
        await house.mem0.forgetting.message(house.ada, session, question.id)

    assert await contents(house) == []
    while await reader.learner.work_off_one():
        pass
    assert sorted(await contents(house)) == ["I like figs.", "I like plums."]


async def test_nothing_is_read_of_a_session_that_is_emptied_while_another_is_read(
    house: House, reader: Reader
) -> None:
    first, second = await house.session(), await house.session()
    await house.say(first, "I like figs.")
    await house.say(second, "I like plums.")

    async with reader.reading():
        read = reader.extractor.calls[0][0][0]
        unread = second if read == "I like figs." else first
        await house.mem0.forgetting.messages_of_session(house.ada, unread)

    while await reader.learner.work_off_one():
        pass
    assert all(call[0][0] == read for call in reader.extractor.calls)
    assert await contents(house) == [read]


async def test_a_job_of_which_nothing_remains_is_done_and_asks_nobody(
    house: House, reader: Reader
) -> None:
    session = await house.session()
    run = await house.say(session, "I like figs.")
    question = (await house.messages(session))[0]
    await house.mem0.forgetting.message(house.ada, session, question.id)

    assert await reader.learner.work_off_one()

    assert reader.extractor.calls == []
    job = (await reader.learner.outcome(house.ada, job_of(run))).job
    assert job.state is JobState.DONE


async def test_learning_turned_off_reaches_a_job_that_waits(house: House, reader: Reader) -> None:
    run = await house.say(await house.session(), "I like figs.")
    await set_learning(house, Learning.OFF)

    assert await reader.learner.work_off_one()

    assert reader.extractor.calls == []
    job = (await reader.learner.outcome(house.ada, job_of(run))).job
    assert job.state is JobState.DONE
    assert await contents(house) == []


async def test_learning_turned_off_drops_what_a_running_job_finds(
    house: House, reader: Reader
) -> None:
    run = await house.say(await house.session(), "I like figs.")
    async with reader.reading():
        await set_learning(house, Learning.OFF)

    job = (await reader.learner.outcome(house.ada, job_of(run))).job
    assert (job.state, job.dropped) == (JobState.DONE, 1)
    assert await contents(house) == []


async def test_what_a_running_job_finds_waits_once_the_profile_asks(
    house: House, reader: Reader
) -> None:
    await house.say(await house.session(), "I like figs.")
    async with reader.reading():
        await set_learning(house, Learning.ASK)

    assert [memory.status for memory in await house.memories()] == [MemoryStatus.PENDING]
