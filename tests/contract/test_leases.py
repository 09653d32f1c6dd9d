import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app.core.errors import RunInProgress
from app.models.actor import SYSTEM
from app.models.ids import SessionId
from app.ports.database import Database
from tests.support.database import NOW, Owner, Site

LEASE = timedelta(seconds=15)


async def take(database: Database, session: SessionId, token: UUID, *, seconds: float = 0) -> None:
    now = NOW + timedelta(seconds=seconds)
    await database.write(
        lambda tx: tx.sessions.take_lease(session, token=token, now=now, until=now + LEASE),
        by=SYSTEM,
    )


async def test_a_session_is_held_by_one(database: Database, ann: Owner, ben: Owner) -> None:
    await take(database, ann.session, uuid4())

    with pytest.raises(RunInProgress):
        await take(database, ann.session, uuid4(), seconds=14.9)
    await take(database, ben.session, uuid4())


async def test_one_of_many_takes_it(database: Database, ann: Owner, site: Site) -> None:
    async with site.open() as second:
        results = await asyncio.gather(
            *(take((database, second)[n % 2], ann.session, uuid4()) for n in range(20)),
            return_exceptions=True,
        )

    assert results.count(None) == 1
    assert sum(isinstance(result, RunInProgress) for result in results) == 19


async def test_a_lease_that_has_run_out_can_be_taken(database: Database, ann: Owner) -> None:
    dead, alive = uuid4(), uuid4()
    await take(database, ann.session, dead)

    await take(database, ann.session, alive, seconds=15.1)

    release = await database.write(
        lambda tx: tx.sessions.release_lease(ann.session, token=dead), by=SYSTEM
    )
    assert not release, "who lost it cannot release it"
    with pytest.raises(RunInProgress):
        await take(database, ann.session, uuid4(), seconds=16)


async def test_a_lease_is_renewed_by_its_holder_only(database: Database, ann: Owner) -> None:
    token = uuid4()
    await take(database, ann.session, token)

    async def renew(token: UUID) -> bool:
        return await database.write(
            lambda tx: tx.sessions.renew_lease(ann.session, token=token, until=NOW + 2 * LEASE),
            by=SYSTEM,
        )

    assert not await renew(uuid4())
    assert await renew(token)
    with pytest.raises(RunInProgress):
        await take(database, ann.session, uuid4(), seconds=29)


async def test_a_released_lease_is_free_and_released_once(database: Database, ann: Owner) -> None:
    token = uuid4()
    await take(database, ann.session, token)

    async def release() -> bool:
        return await database.write(
            lambda tx: tx.sessions.release_lease(ann.session, token=token), by=SYSTEM
        )

    assert await release()
    assert not await release()
    await take(database, ann.session, uuid4())


async def test_who_is_alone_frees_all(database: Database, ann: Owner, ben: Owner) -> None:
    for owner in (ann, ben):
        await take(database, owner.session, uuid4())

    assert await database.write(lambda tx: tx.sessions.release_all_leases(), by=SYSTEM) == 2
    assert await database.write(lambda tx: tx.sessions.release_all_leases(), by=SYSTEM) == 0
    await take(database, ann.session, uuid4())
