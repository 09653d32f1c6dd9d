"""Which profile things belong to, and how they change it."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from app.core.errors import ProfileNotFound
from app.models.actor import SYSTEM
from app.models.ids import JobId, MemoryId, MessageId, ProfileId, new_id
from app.models.job import Job, JobState
from app.models.memory import Memory, MemoryKind, MemoryStatus
from app.models.message import MemoryUse, Message, Role
from app.models.namespace import Namespace
from app.ports.database import Database, Transaction
from tests.support.database import (
    NOW,
    Owner,
    a_memory,
    a_message,
    a_profile,
    a_session,
)


@pytest.fixture
async def work(database: Database, ann: Owner) -> Owner:
    """Ann's other profile, with a session on it."""

    def add(tx: Transaction) -> Owner:
        profile = a_profile(ann.user, name="work")
        tx.profiles.add(profile, tenant_id=ann.tenant)
        session = a_session(ann.user, profile.id)
        tx.sessions.add(session, tenant_id=ann.tenant)
        return Owner(ann.tenant, ann.user, profile.id, session.id)

    return await database.write(add, by=SYSTEM)


async def said(database: Database, owner: Owner, *texts: str, **fields: Any) -> list[MessageId]:
    messages = [a_message(owner, text, **fields) for text in texts]
    placed = await database.write(
        lambda tx: tx.messages.append(messages, tenant_id=owner.tenant), by=SYSTEM
    )
    return [message.id for message in placed]


async def known(database: Database, owner: Owner, *sources: MessageId, **fields: Any) -> Memory:
    memory = a_memory(owner, source_message_ids=sources, **fields)
    await database.write(lambda tx: tx.memories.add(memory, tenant_id=owner.tenant), by=SYSTEM)
    return memory


async def get(database: Database, owner: Owner, memory: MemoryId) -> Memory:
    return await database.read(lambda tx: tx.memories.get(memory, owner=owner.user), by=SYSTEM)


async def test_memories_move_with_all_that_they_are_and_nobody_elses_do(
    database: Database, ann: Owner, ben: Owner, work: Owner
) -> None:
    [source] = await said(database, ann, "1")
    mine = await known(database, ann, source)
    theirs = await known(database, ben)

    moved = await database.write(
        lambda tx: tx.places.move_memories([mine.id, theirs.id], owner=ann.user, to=work.profile),
        by=SYSTEM,
    )

    assert moved == 1
    after = await get(database, ann, mine.id)
    assert after.namespace == work.namespace
    assert after.source_message_ids == (source,)
    assert (await get(database, ben, theirs.id)).profile_id == ben.profile


async def test_memories_with_sources_on_another_profile_are_told_apart(
    database: Database, ann: Owner, work: Owner
) -> None:
    [there], [here] = await said(database, ann, "1"), await said(database, work, "2")
    await known(database, work, here)
    await known(database, work)
    both = await known(database, work, here, there)
    only = await known(database, work, there)

    found = await database.read(lambda tx: tx.places.from_elsewhere(work.profile), by=SYSTEM)

    assert sorted(found) == sorted([both.id, only.id])


async def test_links_and_outlines_are_those_of_one_profile(
    database: Database, ann: Owner, ben: Owner
) -> None:
    heir = await known(database, ann, slot="User|home", valid_from=NOW)
    old = await known(database, ann, status=MemoryStatus.SUPERSEDED, superseded_by=heir.id)
    waiting = await known(database, ann, status=MemoryStatus.PENDING, replaces=(heir.id,))
    await known(database, ben, superseded_by=heir.id)

    def look(tx: Transaction) -> tuple[object, list[MemoryId], object]:
        outlines = tx.places.outlines(ann.profile, owner=ann.user)
        first = next(one for one in outlines if one.id == heir.id)
        return (
            sorted(tx.places.links(ann.profile, owner=ann.user)),
            [one.id for one in outlines],
            (first.content, first.status, first.slot, first.valid_from, first.valid_until),
        )

    links, ids, first = await database.read(look, by=SYSTEM)

    assert links == sorted([(old.id, heir.id), (heir.id, waiting.id)])
    assert ids == sorted([heir.id, old.id, waiting.id])
    assert first == (heir.content, MemoryStatus.ACTIVE, "User|home", NOW, None)
    foreign = await database.read(
        lambda tx: tx.places.outlines(ann.profile, owner=ben.user), by=SYSTEM
    )
    assert foreign == []


async def test_whoever_named_a_twin_names_the_one_that_stays(
    database: Database, ann: Owner
) -> None:
    first, second, third = await said(database, ann, "1", "2", "3")
    stays = await known(database, ann, first)
    goes = [await known(database, ann, first, second), await known(database, ann, second, third)]
    old = await known(database, ann, status=MemoryStatus.SUPERSEDED, superseded_by=goes[0].id)
    waits = await known(
        database, ann, status=MemoryStatus.PENDING, replaces=(goes[1].id, stays.id, old.id)
    )
    uses = tuple(
        MemoryUse(one, MemoryKind.FACT, score)
        for one, score in ((goes[0].id, 0.9), (old.id, 0.8), (stays.id, 0.7))
    )
    [answer] = await said(database, ann, "4", role=Role.ASSISTANT, memories_used=uses)

    await database.write(
        lambda tx: tx.places.unite(
            dict.fromkeys([one.id for one in goes], stays.id), owner=ann.user
        ),
        by=SYSTEM,
    )

    def look(tx: Transaction) -> tuple[list[Memory], Message]:
        ids = [stays.id, old.id, waits.id, *(one.id for one in goes)]
        return list(tx.memories.by_ids(ids, owner=ann.user)), tx.messages.get(
            answer, owner=ann.user
        )

    left, message = await database.read(look, by=SYSTEM)
    by_id = {one.id: one for one in left}
    assert set(by_id) == {stays.id, old.id, waits.id}
    assert by_id[waits.id].replaces == (stays.id, old.id)
    assert set(by_id[stays.id].source_message_ids) == {first, second, third}
    assert by_id[old.id].superseded_by == stays.id
    assert [(use.id, use.score) for use in message.memories_used] == [
        (stays.id, 0.9),
        (old.id, 0.8),
    ]


async def test_more_twins_than_one_statement_takes(database: Database, ann: Owner) -> None:
    ids = await said(database, ann, *(str(number) for number in range(700)))
    memories = [a_memory(ann, source_message_ids=(one,)) for one in ids]
    stays = await known(database, ann)

    def work(tx: Transaction) -> int:
        for memory in memories:
            tx.memories.add(memory, tenant_id=ann.tenant)
        tx.places.unite(dict.fromkeys([one.id for one in memories], stays.id), owner=ann.user)
        return len(tx.places.outlines(ann.profile, owner=ann.user))

    assert await database.write(work, by=SYSTEM) == 1
    assert set((await get(database, ann, stays.id)).source_message_ids) == set(ids)


async def test_a_lease_that_is_held_and_has_not_run_out_means_an_answer_is_written(
    database: Database, ann: Owner, work: Owner
) -> None:
    until = NOW + timedelta(minutes=1)
    await database.write(
        lambda tx: tx.sessions.take_lease(work.session, token=uuid4(), now=NOW, until=until),
        by=SYSTEM,
    )

    async def answering(owner: Owner, minutes: int) -> bool:
        now = NOW + timedelta(minutes=minutes)
        return await database.read(
            lambda tx: tx.places.is_answering(owner.profile, now=now), by=SYSTEM
        )

    assert await answering(work, 0)
    assert not await answering(work, 2)
    assert not await answering(ann, 0)


async def test_all_of_a_profile_goes_over_and_nothing_of_anybody_else(
    database: Database, ann: Owner, ben: Owner, work: Owner
) -> None:
    mine, _ = await said(database, work, "1", "2")
    [theirs] = await said(database, ben, "3")
    memory, foreign = await known(database, work, mine), await known(database, ben, theirs)

    moved = await database.write(
        lambda tx: tx.places.merge(work.profile, into=ann.profile, owner=ann.user), by=SYSTEM
    )

    assert (moved.sessions, moved.messages, moved.memories) == (1, 2, 1)
    assert (await get(database, ann, memory.id)).profile_id == ann.profile
    assert (await get(database, ben, foreign.id)).profile_id == ben.profile
    session = await database.read(
        lambda tx: tx.sessions.get(work.session, owner=ann.user), by=SYSTEM
    )
    assert session.profile_id == ann.profile
    await database.write(
        lambda tx: tx.profiles.delete(work.profile, owner=ann.user, at=NOW), by=SYSTEM
    )
    assert (await get(database, ann, memory.id)).source_message_ids == (mine,)


async def test_one_lane_is_left_with_its_jobs_in_order_and_nobody_at_work(
    database: Database, ann: Owner, work: Owner
) -> None:
    def join(tx: Transaction, owner: Owner) -> object:
        return tx.jobs.join(
            owner.namespace, tenant_id=owner.tenant, now=NOW, run_at=NOW, latest=NOW
        )

    first = await database.write(lambda tx: join(tx, work), by=SYSTEM)
    second = await database.write(lambda tx: join(tx, ann), by=SYSTEM)
    token, later = uuid4(), NOW + timedelta(minutes=5)

    def claim(tx: Transaction) -> Job | None:
        return tx.jobs.claim(now=NOW, token=token, lease_until=later)

    def finish(tx: Transaction, job_id: JobId) -> bool:
        return tx.jobs.finish(job_id, token=token, at=NOW)

    running = await database.write(claim, by=SYSTEM)
    assert running is not None
    assert running.id == first

    await database.write(
        lambda tx: tx.places.merge(work.profile, into=ann.profile, owner=ann.user), by=SYSTEM
    )

    assert not await database.write(partial(finish, job_id=running.id), by=SYSTEM)
    for expected in (first, second):
        job = await database.write(claim, by=SYSTEM)
        assert job is not None
        assert (job.id, job.profile_id, job.attempts) == (expected, ann.profile, 1)
        assert await database.write(claim, by=SYSTEM) is None, "one at a time"
        await database.write(partial(finish, job_id=job.id), by=SYSTEM)
    done = await database.read(lambda tx: tx.jobs.get(running.id, owner=ann.user), by=SYSTEM)
    assert done.state is JobState.DONE


async def test_points_of_a_profile_are_looked_for_where_they_went(
    database: Database, ann: Owner, work: Owner
) -> None:
    [found] = await said(database, work, "1")
    await said(database, work, "2", searchable=False)
    memory = await known(database, work)
    await known(database, work, status=MemoryStatus.PENDING)

    await database.write(
        lambda tx: tx.index_changes.mark_arrivals(
            ann.namespace, of=work.profile, tenant_id=ann.tenant
        ),
        by=SYSTEM,
    )

    changes = await database.read(
        lambda tx: tx.index_changes.oldest(ann.namespace, limit=9), by=SYSTEM
    )
    assert {(one.point_id, one.is_episode) for one in changes} == {
        (found, True),
        (memory.id, False),
    }
    assert {one.namespace for one in changes} == {Namespace(ann.user, ann.profile)}


async def test_a_session_reads_what_it_says_and_no_more(
    database: Database, ann: Owner, work: Owner
) -> None:
    session = a_session(ann.user, ann.profile, reads=(work.profile,))
    await database.write(lambda tx: tx.sessions.add(session, tenant_id=ann.tenant), by=SYSTEM)

    async def reads() -> tuple[ProfileId, ...]:
        found = await database.read(
            lambda tx: tx.sessions.get(session.id, owner=ann.user), by=SYSTEM
        )
        page = await database.read(
            lambda tx: tx.sessions.page(
                owner=ann.user, profile_id=ann.profile, words=(), after=None, limit=9
            ),
            by=SYSTEM,
        )
        assert found in page.items
        return found.reads

    assert await reads() == (work.profile,)
    nothing = replace(session, reads=())
    await database.write(lambda tx: tx.sessions.set_reads(nothing, tenant_id=ann.tenant), by=SYSTEM)
    assert await reads() == ()
    await database.write(lambda tx: tx.sessions.set_reads(session, tenant_id=ann.tenant), by=SYSTEM)
    await database.write(
        lambda tx: tx.profiles.delete(work.profile, owner=ann.user, at=NOW), by=SYSTEM
    )
    assert await reads() == ()


async def test_profiles_are_found_by_their_ids_and_only_ones_own(
    database: Database, ann: Owner, ben: Owner, work: Owner
) -> None:
    wanted = [work.profile, ben.profile, ann.profile, ProfileId(new_id())]

    found = await database.read(lambda tx: tx.profiles.by_ids(wanted, owner=ann.user), by=SYSTEM)

    assert [one.id for one in found] == [ann.profile, work.profile]
    with pytest.raises(ProfileNotFound):
        await database.read(lambda tx: tx.profiles.get(ben.profile, owner=ann.user), by=SYSTEM)
