"""When a memory held, as the database tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from app.models.actor import SYSTEM
from app.models.ids import MemoryId
from app.models.memory import Memory, MemoryChange, MemoryStatus
from app.models.page import PageKey
from app.ports.database import Database, Transaction
from tests.support.database import Owner, a_memory

JANUARY, MARCH, MAY = (datetime(2023, month, 1, tzinfo=UTC) for month in (1, 3, 5))
TICK = timedelta.resolution
LAST = datetime.max.replace(tzinfo=UTC)
ALWAYS = (JANUARY - TICK, JANUARY, MARCH - TICK, MARCH, MAY - TICK, MAY, LAST)


async def add(database: Database, owner: Owner, *memories: Memory) -> None:
    def work(tx: Transaction) -> None:
        for memory in memories:
            tx.memories.add(memory, tenant_id=owner.tenant)

    await database.write(work, by=SYSTEM)


async def times_of(database: Database, ann: Owner, memory: Memory) -> list[datetime]:
    """Those of ALWAYS at which the memory held, as both ways to ask tell it."""

    def by_id(tx: Transaction) -> list[datetime]:
        return [
            moment for moment in ALWAYS if tx.memories.held_at(moment, [memory.id], owner=ann.user)
        ]

    told = await database.read(by_id, by=SYSTEM)
    listed = [at for at in ALWAYS if memory.id in (await as_of(database, ann, at)).ids]
    assert told == listed
    return listed


@dataclass(frozen=True, slots=True)
class Listed:
    ids: list[MemoryId]
    next_key: PageKey | None


async def as_of(
    database: Database,
    ann: Owner,
    moment: datetime,
    *,
    status: MemoryStatus | None = None,
    after: PageKey | None = None,
    limit: int = 100,
) -> Listed:
    page = await database.read(
        lambda tx: tx.memories.page(
            ann.profile,
            owner=ann.user,
            kind=None,
            status=status,
            as_of=moment,
            after=after,
            limit=limit,
        ),
        by=SYSTEM,
    )
    return Listed([memory.id for memory in page.items], page.next_key)


@pytest.mark.parametrize("status", [MemoryStatus.ACTIVE, MemoryStatus.SUPERSEDED])
async def test_it_held_from_its_beginning_until_just_before_its_end(
    database: Database, ann: Owner, status: MemoryStatus
) -> None:
    memory = a_memory(ann, status=status, said_at=MAY, valid_from=JANUARY, valid_until=MARCH)
    await add(database, ann, memory)

    assert await times_of(database, ann, memory) == [JANUARY, MARCH - TICK]


async def test_without_a_beginning_it_held_from_when_it_was_said(
    database: Database, ann: Owner
) -> None:
    memory = a_memory(ann, said_at=MARCH)
    await add(database, ann, memory)

    assert await times_of(database, ann, memory) == [MARCH, MAY - TICK, MAY, LAST]


@pytest.mark.parametrize("status", [MemoryStatus.PENDING, MemoryStatus.REJECTED])
async def test_what_never_counted_never_held(
    database: Database, ann: Owner, status: MemoryStatus
) -> None:
    memory = a_memory(ann, status=status, said_at=JANUARY)
    await add(database, ann, memory)

    assert await times_of(database, ann, memory) == []


async def test_one_superseded_without_an_end_ended_when_its_successor_began(
    database: Database, ann: Owner
) -> None:
    heir = a_memory(ann, said_at=MAY, valid_from=MARCH)
    memory = a_memory(ann, status=MemoryStatus.SUPERSEDED, said_at=JANUARY, superseded_by=heir.id)
    await add(database, ann, memory, heir)

    assert await times_of(database, ann, memory) == [JANUARY, MARCH - TICK]


async def test_one_whose_successor_is_forgotten_ended_when_it_was_superseded(
    database: Database, ann: Owner
) -> None:
    memory = a_memory(ann, said_at=JANUARY, updated_at=JANUARY)
    await add(database, ann, memory)

    def change(tx: Transaction) -> None:
        owner, job_id = ann.user, None
        changes: Mapping[str, object] = {"status": MemoryStatus.SUPERSEDED}
        superseded, updated = MemoryChange.SUPERSEDED, MemoryChange.UPDATED
        tx.memories.update(
            memory.id, owner=owner, changes=changes, change=superseded, job_id=job_id, at=MARCH
        )
        tx.memories.update(
            memory.id, owner=owner, changes={}, change=updated, job_id=job_id, at=MAY
        )

    await database.write(change, by=SYSTEM)

    assert await times_of(database, ann, memory) == [JANUARY, MARCH - TICK]


async def test_the_status_asked_for_is_that_of_the_present(database: Database, ann: Owner) -> None:
    old = a_memory(ann, status=MemoryStatus.SUPERSEDED, said_at=JANUARY, valid_until=MAY)
    new = a_memory(ann, said_at=MARCH)

    await add(database, ann, old, new)

    for status, ids in (
        (None, {old.id, new.id}),
        (MemoryStatus.SUPERSEDED, {old.id}),
        (MemoryStatus.ACTIVE, {new.id}),
        (MemoryStatus.PENDING, set()),
    ):
        assert set((await as_of(database, ann, MARCH, status=status)).ids) == ids


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_pages_of_a_time_hold_each_memory_of_that_time_once(
    database: Database, ann: Owner, limit: int
) -> None:
    new = [
        a_memory(ann, f"fact {number}", said_at=MAY if number % 3 else JANUARY)
        for number in range(12)
    ]
    await add(database, ann, *new)

    page = await as_of(database, ann, MARCH, limit=limit)
    seen = page.ids
    while page.next_key:
        page = await as_of(database, ann, MARCH, after=page.next_key, limit=limit)
        assert len(page.ids) <= limit
        seen += page.ids

    assert seen == [memory.id for memory in reversed(new) if memory.said_at == JANUARY]
