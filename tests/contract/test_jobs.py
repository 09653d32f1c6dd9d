from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest

from app.core.errors import JobNotFound
from app.models.actor import SYSTEM
from app.models.ids import JobId
from app.models.job import Job, JobState
from app.ports.database import Database
from app.ports.repositories.jobs import JobRepository
from tests.support.database import NOW, Owner, a_memory, a_message

Result = TypeVar("Result")
LEASE = timedelta(seconds=60)
TOKEN, OTHER = uuid4(), uuid4()


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Lanes:
    """The jobs of a database, with times in seconds from now."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def do(self, work: Callable[[JobRepository], Result]) -> Result:
        return await self._database.write(lambda tx: work(tx.jobs), by=SYSTEM)

    async def join(
        self,
        owner: Owner,
        *,
        now: float = 0,
        run: float = 2,
        latest: float = 30,
        turns: int = 0,
        enough: int | None = None,
    ) -> JobId:
        return await self.do(
            lambda jobs: jobs.join(
                owner.namespace,
                tenant_id=owner.tenant,
                now=after(now),
                run_at=after(now + run),
                latest=after(now + latest),
                turns=turns,
                enough=enough,
            )
        )

    async def claim(self, *, at: float, token: UUID = TOKEN) -> Job | None:
        return await self.do(
            lambda jobs: jobs.claim(now=after(at), token=token, lease_until=after(at) + LEASE)
        )

    async def get(self, job_id: JobId, owner: Owner) -> Job:
        return await self.do(lambda jobs: jobs.get(job_id, owner=owner.user))


@pytest.fixture
def lanes(database: Database) -> Lanes:
    return Lanes(database)


async def test_what_is_said_soon_after_joins_the_job_and_moves_it_on(
    lanes: Lanes, ann: Owner
) -> None:
    first = await lanes.join(ann)
    assert await lanes.join(ann, now=1) == first

    assert (await lanes.get(first, ann)).run_at == after(3)
    assert await lanes.claim(at=2.9) is None
    claimed = await lanes.claim(at=3)
    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.attempts) == (first, JobState.RUNNING, 1)
    assert claimed.lease_token == TOKEN


async def test_who_never_stops_talking_is_learnt_from_all_the_same(
    lanes: Lanes, ann: Owner
) -> None:
    first = await lanes.join(ann)
    for now in range(1, 40):
        assert await lanes.join(ann, now=now) == first

    assert (await lanes.get(first, ann)).run_at == after(30)


async def test_a_job_that_was_claimed_takes_no_more_work(lanes: Lanes, ann: Owner) -> None:
    first = await lanes.join(ann)
    await lanes.claim(at=2)

    second = await lanes.join(ann, now=3)

    assert second != first
    assert await lanes.join(ann, now=4) == second


async def test_a_lane_runs_one_job_at_a_time_and_in_order(lanes: Lanes, ann: Owner) -> None:
    first = await lanes.join(ann)
    await lanes.claim(at=2)
    second = await lanes.join(ann, now=3, run=0)

    assert await lanes.claim(at=10, token=OTHER) is None
    assert await lanes.do(lambda jobs: jobs.finish(first, token=TOKEN, at=after(11)))
    claimed = await lanes.claim(at=11, token=OTHER)
    assert claimed is not None
    assert claimed.id == second


async def test_a_job_that_waits_for_another_attempt_keeps_its_place(
    lanes: Lanes, ann: Owner
) -> None:
    first = await lanes.join(ann)
    await lanes.claim(at=2)
    await lanes.do(lambda jobs: jobs.retry(first, token=TOKEN, run_at=after(50), error="X"))
    second = await lanes.join(ann, now=3)

    assert second != first
    assert await lanes.claim(at=40) is None
    claimed = await lanes.claim(at=50)
    assert claimed is not None
    assert (claimed.id, claimed.attempts, claimed.error) == (first, 2, "X")


async def test_a_job_that_is_to_be_read_again_was_not_attempted(lanes: Lanes, ann: Owner) -> None:
    job = await lanes.join(ann)
    await lanes.claim(at=2)

    await lanes.do(lambda jobs: jobs.reread(job, token=TOKEN, run_at=after(3)))

    assert await lanes.claim(at=2.9) is None
    claimed = await lanes.claim(at=3, token=OTHER)
    assert claimed is not None
    assert (claimed.id, claimed.attempts) == (job, 1)


async def test_lanes_do_not_wait_for_each_other(lanes: Lanes, ann: Owner, ben: Owner) -> None:
    jobs = {await lanes.join(ann), await lanes.join(ben)}

    claimed = {job.id for job in (await lanes.claim(at=9), await lanes.claim(at=9)) if job}

    assert claimed == jobs
    assert await lanes.claim(at=9) is None


async def test_a_job_of_a_worker_that_died_is_taken_over_when_its_lease_ends(
    lanes: Lanes, ann: Owner
) -> None:
    job = await lanes.join(ann)
    await lanes.claim(at=2)

    assert await lanes.claim(at=61.9, token=OTHER) is None
    taken = await lanes.claim(at=62.1, token=OTHER)
    assert taken is not None
    assert (taken.id, taken.attempts, taken.lease_token) == (job, 2, OTHER)


LEAVING: dict[str, Callable[[JobRepository, JobId, UUID], bool]] = {
    "finish": lambda jobs, job, token: jobs.finish(job, token=token, at=NOW),
    "retry": lambda jobs, job, token: jobs.retry(job, token=token, run_at=NOW, error="X"),
    "reread": lambda jobs, job, token: jobs.reread(job, token=token, run_at=NOW),
    "fail": lambda jobs, job, token: jobs.fail(job, token=token, error="X", at=NOW),
}


@pytest.mark.parametrize("verb", LEAVING)
async def test_who_lost_the_lease_can_do_nothing_more(lanes: Lanes, ann: Owner, verb: str) -> None:
    job = await lanes.join(ann)
    await lanes.claim(at=2)
    taken = await lanes.claim(at=63, token=OTHER)

    assert not await lanes.do(lambda jobs: LEAVING[verb](jobs, job, TOKEN))
    assert await lanes.get(job, ann) == taken
    assert await lanes.do(lambda jobs: LEAVING[verb](jobs, job, OTHER))
    assert not await lanes.do(lambda jobs: LEAVING[verb](jobs, job, OTHER)), "once is enough"


@pytest.mark.parametrize(
    ("verb", "state", "is_open"),
    [
        ("finish", "done", 0),
        ("retry", "pending", 1),
        ("reread", "pending", 1),
        ("fail", "failed", 0),
    ],
)
async def test_a_job_says_where_it_stands(
    lanes: Lanes, ann: Owner, verb: str, state: str, is_open: int
) -> None:
    job = await lanes.join(ann)
    assert await lanes.do(lambda jobs: jobs.count_open(ann.profile)) == 1
    await lanes.claim(at=2)
    assert await lanes.do(lambda jobs: jobs.count_open(ann.profile)) == 1

    await lanes.do(lambda jobs: LEAVING[verb](jobs, job, TOKEN))

    assert (await lanes.get(job, ann)).state == state
    assert await lanes.do(lambda jobs: jobs.count_open(ann.profile)) == is_open


async def test_a_dead_letter_stays_and_holds_nobody_up(lanes: Lanes, ann: Owner) -> None:
    dead = await lanes.join(ann)
    await lanes.claim(at=2)
    await lanes.do(lambda jobs: jobs.fail(dead, token=TOKEN, error="Malformed", at=after(3)))
    alive = await lanes.join(ann, now=4)

    claimed = await lanes.claim(at=6)
    assert claimed is not None
    assert claimed.id == alive
    letter = await lanes.get(dead, ann)
    assert (letter.state, letter.error, letter.finished_at) == (
        JobState.FAILED,
        "Malformed",
        after(3),
    )


async def test_the_next_look_is_when_something_can_be_done(
    lanes: Lanes, ann: Owner, ben: Owner
) -> None:
    async def due() -> datetime | None:
        return await lanes.do(lambda jobs: jobs.next_due())

    assert await due() is None
    await lanes.join(ann, run=5)
    await lanes.join(ben, run=9)
    assert await due() == after(5)
    await lanes.claim(at=5)
    assert await due() == after(9)
    await lanes.join(ann, now=6, run=0)
    assert await due() == after(9), "a lane whose job runs has nothing due"
    await lanes.claim(at=9)
    assert await due() == after(65), "the first lease to end"


async def test_who_is_alone_takes_over_at_once(lanes: Lanes, ann: Owner) -> None:
    job = await lanes.join(ann)
    await lanes.claim(at=2)

    assert await lanes.do(lambda jobs: jobs.release_all()) == 1

    assert not await lanes.do(lambda jobs: jobs.finish(job, token=TOKEN, at=NOW))
    claimed = await lanes.claim(at=3, token=OTHER)
    assert claimed is not None
    assert claimed.id == job


async def test_deleting_a_lane_stops_its_running_job(lanes: Lanes, ann: Owner, ben: Owner) -> None:
    job, other = await lanes.join(ann), await lanes.join(ben)
    await lanes.claim(at=2)
    await lanes.join(ann, now=3)

    assert await lanes.do(lambda jobs: jobs.delete_of_profile(ann.profile)) == 2

    assert not await lanes.do(lambda jobs: jobs.finish(job, token=TOKEN, at=NOW))
    with pytest.raises(JobNotFound):
        await lanes.get(job, ann)
    assert await lanes.get(other, ben)


async def test_old_jobs_are_swept_and_open_ones_never(lanes: Lanes, ann: Owner) -> None:
    done = await lanes.join(ann)
    await lanes.claim(at=2)
    await lanes.do(lambda jobs: jobs.finish(done, token=TOKEN, at=after(3)))
    still = await lanes.join(ann, now=4)

    assert await lanes.do(lambda jobs: jobs.purge(finished_before=after(3))) == 0
    assert await lanes.do(lambda jobs: jobs.purge(finished_before=after(99))) == 1
    assert (await lanes.get(still, ann)).state is JobState.PENDING


async def test_a_job_reads_what_it_was_given_and_may_still_be_learnt(
    database: Database, lanes: Lanes, ann: Owner
) -> None:
    job = await lanes.join(ann)
    said = [a_message(ann, f"{n}", job_id=job) for n in range(3)]
    other = a_message(ann, "another job's")

    def work(tx: Any) -> list[str]:
        tx.messages.append([*said, other], tenant_id=ann.tenant)
        tx.messages.unlearn([said[1].id])
        return [message.content for message in tx.messages.of_job(job)]

    assert await database.write(work, by=SYSTEM) == ["0", "2"]


async def test_a_job_names_the_memories_that_it_changed(
    database: Database, lanes: Lanes, ann: Owner
) -> None:
    job = await lanes.join(ann)
    memory = a_memory(ann, job_id=job)
    await database.write(lambda tx: tx.memories.add(memory, tenant_id=ann.tenant), by=SYSTEM)

    assert await database.read(lambda tx: tx.memories.changed_by(job), by=SYSTEM) == [
        (memory.id, "added")
    ]


async def test_a_job_with_enough_turns_is_due_at_once_and_takes_no_more(
    lanes: Lanes, ann: Owner
) -> None:
    first = await lanes.join(ann, turns=1, enough=2)
    assert await lanes.claim(at=1) is None
    assert await lanes.join(ann, now=1, turns=1, enough=2) == first

    second = await lanes.join(ann, now=1, turns=0, enough=2)
    claimed = await lanes.claim(at=1)

    assert second != first
    assert claimed is not None
    assert claimed.id == first


async def test_what_comes_with_enough_turns_is_a_full_job_of_its_own(
    lanes: Lanes, ann: Owner
) -> None:
    first = await lanes.join(ann, turns=5, enough=5)
    second = await lanes.join(ann, turns=5, enough=5)

    assert first != second
    assert (await lanes.get(first, ann)).run_at == after(0)
