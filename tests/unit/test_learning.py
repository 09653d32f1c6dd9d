import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from app.core.errors import (
    ExtractionMalformed,
    JobNotFound,
    ModelUnavailable,
    StorageUnavailable,
)
from app.core.privacy import PrivacyMode
from app.models.ids import JobId
from app.models.job import JobState
from app.models.memory import MemoryStatus
from app.models.profile import Learning
from tests.support.clock import HandClock
from tests.support.house import House, a_house, eventually
from tests.support.learner import a_learner, a_minute_ahead, job_of
from tests.support.scripted_extractor import ScriptedExtractor


@pytest.fixture
def clock() -> HandClock:
    return a_minute_ahead()


async def test_what_was_said_becomes_a_memory_with_its_source(
    house: House, clock: HandClock
) -> None:
    learner = a_learner(house, ScriptedExtractor(), clock)
    session = await house.session()
    run = await house.say(session, "I like figs.")

    assert await learner.work_off_one()
    assert not await learner.work_off_one()

    [memory] = await house.memories()
    [question, _] = await house.messages(session)
    assert (memory.content, memory.status) == ("I like figs.", MemoryStatus.ACTIVE)
    assert memory.source_message_ids == (question.id,)
    outcome = await learner.outcome(house.ada, job_of(run))
    assert (outcome.job.state, outcome.added) == (JobState.DONE, (memory.id,))


async def test_what_is_said_again_adds_a_source_and_no_memory(
    house: House, clock: HandClock
) -> None:
    learner = a_learner(house, ScriptedExtractor(), clock)
    for _ in range(2):
        run = await house.say(await house.session(), "I like figs.")
        await learner.work_off_one()

    [memory] = await house.memories()

    assert len(memory.source_message_ids) == 2
    outcome = await learner.outcome(house.ada, job_of(run))
    assert (outcome.added, outcome.job.dropped) == ((), 1)


async def test_what_is_said_twice_in_one_batch_is_one_memory(
    house: House, clock: HandClock
) -> None:
    learner = a_learner(house, ScriptedExtractor(), clock)
    session = await house.session()
    await house.say(session, "I like figs.")
    run = await house.say(session, "I like figs.")

    while await learner.work_off_one():
        pass

    [memory] = await house.memories()
    assert len(memory.source_message_ids) == 2
    assert (await learner.outcome(house.ada, job_of(run))).job.dropped == 1


async def test_a_later_message_is_read_beside_what_was_said_before_it(
    house: House, clock: HandClock
) -> None:
    extractor = ScriptedExtractor()
    learner = a_learner(house, extractor, clock)
    session = await house.session()
    await house.say(session, "I have a dog.")
    await learner.work_off_one()
    await house.say(session, "Its name is Rex.")
    await learner.work_off_one()

    assert extractor.calls[1] == (["Its name is Rex.", "Noted."], ["I have a dog.", "Noted."])


async def test_neither_new_nor_context_ever_holds_a_paused_message(
    house: House, clock: HandClock
) -> None:
    extractor = ScriptedExtractor()
    learner = a_learner(house, extractor, clock)
    session = await house.session()
    await house.say(session, "A secret.", mode=PrivacyMode.PAUSE_MEMORIES)
    await house.say(session, "I like figs.")
    while await learner.work_off_one():
        pass

    assert extractor.calls == [(["I like figs."], [])], (
        "the answer saw the secret, so it is out too"
    )


async def test_on_a_profile_that_asks_memories_wait_for_review(
    house: House, clock: HandClock
) -> None:
    careful = await house.profile("Careful", Learning.ASK)
    learner = a_learner(house, ScriptedExtractor(), clock)
    await house.say(await house.session(profile=careful), "I like figs.")
    await learner.work_off_one()
    await house.mem0.indexer.catch_up()

    [memory] = await house.memories(careful)

    assert memory.status is MemoryStatus.PENDING
    assert await house.recalled("figs", careful) == []


async def test_a_failed_job_is_tried_again_later_and_later_still(
    house: House, clock: HandClock
) -> None:
    failures = [ModelUnavailable(), ModelUnavailable()]
    learner = a_learner(house, ScriptedExtractor(*failures), clock)
    await house.say(await house.session(), "I like figs.")

    for wait_s in (10, 20):
        assert await learner.work_off_one()
        clock.advance(seconds=wait_s - 1)
        assert not await learner.work_off_one()
        clock.advance(seconds=1)
    assert await learner.work_off_one()

    assert [memory.content for memory in await house.memories()] == ["I like figs."]


async def test_a_job_that_never_succeeds_is_a_dead_letter_that_blocks_nobody(
    house: House, clock: HandClock
) -> None:
    learner = a_learner(house, ScriptedExtractor(*[ModelUnavailable()] * 3), clock)
    run = await house.say(await house.session(), "I like figs.")
    for _ in range(3):
        assert await learner.work_off_one()
        clock.advance(seconds=60)
    assert not await learner.work_off_one()
    assert await house.memories() == []

    job = (await learner.outcome(house.ada, job_of(run))).job
    assert (job.state, job.error, job.attempts) == (JobState.FAILED, "ModelUnavailable", 3)

    await house.say(await house.session(), "I like plums.")
    assert await learner.work_off_one()
    assert [memory.content for memory in await house.memories()] == ["I like plums."]


@pytest.mark.parametrize(
    ("failure", "attempts"), [(ExtractionMalformed(), 1), (ValueError("a bug"), 3)]
)
async def test_what_cannot_succeed_is_not_tried_for_long(
    house: House, clock: HandClock, failure: Exception, attempts: int
) -> None:
    learner = a_learner(house, ScriptedExtractor(*[failure] * 9), clock)
    run = await house.say(await house.session(), "I like figs.")
    while await learner.work_off_one():
        clock.advance(seconds=60)

    job = (await learner.outcome(house.ada, job_of(run))).job

    assert (job.state, job.attempts) == (JobState.FAILED, attempts)


async def test_a_store_that_cannot_be_written_uses_up_no_attempt(
    house: House, clock: HandClock
) -> None:
    learner = a_learner(house, ScriptedExtractor(*[StorageUnavailable()] * 9), clock)
    run = await house.say(await house.session(), "I like figs.")
    for _ in range(9):
        assert await learner.work_off_one()
        assert not await learner.work_off_one(), "it waits for a while"
        clock.advance(seconds=60)
    assert await learner.work_off_one()

    job = (await learner.outcome(house.ada, job_of(run))).job

    assert (job.state, job.attempts) == (JobState.DONE, 1)


async def test_a_source_that_is_deleted_meanwhile_is_not_learnt_from(
    house: House, clock: HandClock
) -> None:
    until = asyncio.Event()
    extractor = ScriptedExtractor(until=until)
    learner = a_learner(house, extractor, clock)
    session = await house.session()
    run = await house.say(session, "I like figs.")
    working = asyncio.create_task(learner.work_off_one())
    await extractor.reading.wait()

    [question, _] = await house.messages(session)
    await house.mem0.forgetting.message(house.ada, session, question.id)
    until.set()
    await working

    assert await house.memories() == []
    assert await learner.work_off_one()
    assert await house.memories() == []
    assert len(extractor.calls) == 1, "nothing was left to read"
    assert (await learner.outcome(house.ada, job_of(run))).job.state is JobState.DONE


async def test_a_job_whose_profile_is_emptied_meanwhile_writes_nothing(
    house: House, clock: HandClock
) -> None:
    until = asyncio.Event()
    extractor = ScriptedExtractor(until=until)
    learner = a_learner(house, extractor, clock)
    await house.say(await house.session(), "I like figs.")
    working = asyncio.create_task(learner.work_off_one())
    await extractor.reading.wait()

    await house.mem0.forgetting.memories_of_profile(house.ada, house.family.id)
    until.set()
    await working

    assert await house.memories() == []


async def test_a_job_whose_lease_has_run_out_is_done_by_another_and_only_once(
    house: House, clock: HandClock
) -> None:
    until = asyncio.Event()
    slow = ScriptedExtractor(until=until)
    await house.say(await house.session(), "I like figs.")
    working = asyncio.create_task(a_learner(house, slow, clock).work_off_one())
    await slow.reading.wait()

    clock.advance(seconds=6)
    assert await a_learner(house, ScriptedExtractor(), clock).work_off_one()
    until.set()
    await working

    [memory] = await house.memories()
    assert len(memory.source_message_ids) == 1


async def test_a_job_is_somebodys(house: House, clock: HandClock) -> None:
    with pytest.raises(JobNotFound):
        await a_learner(house, ScriptedExtractor(), clock).outcome(house.ada, JobId(uuid4()))


async def test_the_loop_wakes_up_for_work(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        loop = asyncio.create_task(house.mem0.learner.run())
        await house.say(await house.session(), "My sister Anna lives in Bergen.")
        await eventually(house.memories)
        loop.cancel()
        await asyncio.wait({loop})
