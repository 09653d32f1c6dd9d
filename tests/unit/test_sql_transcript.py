import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from app.core.learning_settings import LearningSettings
from app.models.ids import SessionId
from app.models.job import Job
from app.models.message import Message, Role
from app.services.appending import PastMessage
from tests.support.house import House, a_house
from tests.support.scripted_model import ScriptedModel

PATIENT = LearningSettings(idle_s=2, max_wait_s=30)


async def append(house: House, session: SessionId, *roles: Role) -> Job:
    """The job that will learn from new messages of these roles."""
    past = [PastMessage(role=role, content="Figs.", name=None, created_at=None) for role in roles]
    return await job_of(house, await house.sessions.append(house.ada, session, past))


async def job_of(house: House, messages: Sequence[Message]) -> Job:
    """The one job that will learn from all of these."""
    [job_id] = {message.job_id for message in messages}
    assert job_id is not None
    return await house.database.read(
        lambda tx: tx.jobs.get(job_id, owner=house.ada.user_id), by=house.ada
    )


def waits(job: Job) -> timedelta:
    return job.run_at - job.created_at


async def test_learning_waits_long_for_an_answer_and_briefly_after_it(tmp_path: Path) -> None:
    until = asyncio.Event()
    model = ScriptedModel("slow", ["Well.", until])
    async with a_house(tmp_path, model, learning=PATIENT) as house:
        session = await house.session()
        run = await house.chat.start_run(house.ada, session, "I like figs.")
        await model.waiting.wait()
        asked = await job_of(house, await house.messages(session))
        until.set()
        await run.wait()
        answered = await job_of(house, await house.messages(session))

        assert asked.id == answered.id
        assert waits(asked) == timedelta(seconds=30)
        assert timedelta(seconds=2) <= waits(answered) < timedelta(seconds=30)


async def test_a_conversation_that_never_rests_is_learnt_from_all_the_same(tmp_path: Path) -> None:
    settings = LearningSettings(idle_s=60, max_wait_s=0.5)
    async with a_house(tmp_path, learning=settings) as house:
        session = await house.session()
        for _ in range(3):
            job = await append(house, session, Role.USER, Role.ASSISTANT)

        assert waits(job) == timedelta(seconds=0.5)


async def test_sessions_of_one_profile_share_a_job_and_profiles_do_not(tmp_path: Path) -> None:
    async with a_house(tmp_path, learning=PATIENT) as house:
        work = await house.profile("Work")
        jobs = [
            await append(house, session, Role.USER)
            for session in (
                await house.session(),
                await house.session(),
                await house.session(profile=work),
            )
        ]

        assert jobs[0].id == jobs[1].id != jobs[2].id
