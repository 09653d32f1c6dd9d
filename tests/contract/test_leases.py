import asyncio
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from app.core.errors import RunInProgress
from app.models.actor import SYSTEM
from app.models.ids import SessionId
from app.ports.database import Database
from tests.support.database import LIMITS, NOW, Owner, PostgresSite, Site, add_owner

LEASE = timedelta(seconds=15)


async def take(database: Database, session: SessionId, token: UUID, *, seconds: float = 0) -> None:
    now = NOW + timedelta(seconds=seconds)
    await database.write(
        lambda tx: tx.sessions.take_lease(session, token=token, now=now, until=now + LEASE),
        by=SYSTEM,
    )


async def test_a_session_is_held_by_one(database: Database, ann: Owner, ben: Owner) -> None:
    await take(database, ann.session, uuid4())

    with pytest.raises(RunInProgress) as early:
        await take(database, ann.session, uuid4(), seconds=2.5)
    with pytest.raises(RunInProgress) as late:
        await take(database, ann.session, uuid4(), seconds=14.9)
    headers = {"Retry-After": "13", "x-should-retry": "false"}
    assert early.value.headers() == headers
    assert late.value.headers() == headers | {"Retry-After": "1"}
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

    async def lost(*tokens: UUID) -> Collection[tuple[SessionId, UUID]]:
        held = [(ann.session, one) for one in tokens]
        return await database.write(
            lambda tx: tx.sessions.renew_leases(held, until=NOW + 2 * LEASE), by=SYSTEM
        )

    former = uuid4()
    assert await lost(former) == {(ann.session, former)}
    assert await lost(token) == set()
    assert await lost(former, token) == {(ann.session, former)}, (
        "who lost it is told beside its heir"
    )
    assert await lost(token, former) == {(ann.session, former)}
    with pytest.raises(RunInProgress):
        await take(database, ann.session, uuid4(), seconds=29)


async def test_many_are_renewed_and_who_lost_one_is_told_which(
    database: Database, ann: Owner, ben: Owner
) -> None:
    held = {ann.session: uuid4(), ben.session: uuid4()}
    await take(database, ann.session, held[ann.session])
    await take(database, ben.session, uuid4())
    gone = {SessionId(uuid4()): uuid4() for _ in range(600)}
    both = held | gone

    lost = await database.write(
        lambda tx: tx.sessions.renew_leases(both.items(), until=NOW + 2 * LEASE), by=SYSTEM
    )

    assert lost == both.items() - {(ann.session, held[ann.session])}
    with pytest.raises(RunInProgress):
        await take(database, ann.session, uuid4(), seconds=29)


async def test_renewing_waits_for_no_session_that_is_being_changed(
    postgres_site: PostgresSite,
) -> None:
    held: dict[SessionId, UUID] = {}
    async with postgres_site.open() as database:
        for _ in range(2):
            owner = await database.write(add_owner, by=SYSTEM)
            await take(database, owner.session, held.setdefault(owner.session, uuid4()))
        busy, free = held
        with psycopg.connect(postgres_site.postgres.url(postgres_site.name)) as other:
            other.execute("SELECT FROM chat_sessions WHERE id = %s FOR UPDATE", [busy])

            async with asyncio.timeout(LIMITS.lock_timeout_s / 2):
                lost = await database.write(
                    lambda tx: tx.sessions.renew_leases(held.items(), until=NOW + 2 * LEASE),
                    by=SYSTEM,
                )

        assert lost == set(), "it is held still"
        await take(database, busy, uuid4(), seconds=16)
        with pytest.raises(RunInProgress):
            await take(database, free, uuid4(), seconds=16)


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
