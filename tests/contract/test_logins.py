"""Logins that end while they are refreshed, and streams that were opened with them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from app.core.errors import TokenReused, Unauthenticated
from app.core.security import token_digest
from app.models.actor import SYSTEM
from app.models.api_key import KeyWish, Scope
from app.models.clock import utc_now
from app.models.user import Caller
from app.ports.database import Database
from app.services.accounts import Accounts
from app.services.api_keys import ApiKeys
from app.services.open_streams import OpenStreams, Permit
from app.services.sign_in import Credentials
from tests.contract.test_identities import a_proof, admit
from tests.support.accounts import ACCESS_S, accounts_over
from tests.support.clock import HandClock
from tests.support.database import NOW, Owner, PostgresSite, Site

DEADLINE_S = 10
WAITING = """\
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@pytest.fixture
def clock() -> HandClock:
    """By which tokens are issued that PyJWT, which has a clock of its own, takes to hold."""
    clock = HandClock()
    clock.now = utc_now()
    return clock


async def ada_at(accounts: Accounts) -> Credentials:
    return await accounts.sign_up("ada@example.com", "correct horse battery staple")


class Held:
    """A refresh token whose row somebody else has locked."""

    def __init__(self, connection: psycopg.Connection, site: PostgresSite) -> None:
        self._connection = connection
        self._site = site

    async def meet(
        self, *works: Coroutine[Any, Any, Credentials | None]
    ) -> list[Credentials | BaseException | None]:
        """What came of the works, of which each was waiting before the next began."""
        tasks = []
        for work in works:
            tasks.append(asyncio.create_task(work))
            async with asyncio.timeout(DEADLINE_S):
                while self._waiting() < len(tasks):  # noqa: ASYNC110 - what it looks at is a server
                    await asyncio.sleep(0.01)
        self._connection.rollback()
        return await asyncio.gather(*tasks, return_exceptions=True)

    def _waiting(self) -> int:
        [(count,)] = self._site.postgres.execute(WAITING, database=self._site.name)
        return int(count)


@contextmanager
def held(site: PostgresSite, refresh_token: str) -> Iterator[Held]:
    with psycopg.connect(site.postgres.url(site.name)) as connection:
        connection.execute(
            "SELECT FROM refresh_tokens WHERE token_hash = %s FOR UPDATE",
            [token_digest(refresh_token)],
        )
        yield Held(connection, site)


async def holds_no_more(accounts: Accounts, *credentials: Credentials) -> bool:
    for one in credentials:
        with pytest.raises(Unauthenticated):
            await accounts.caller(one.access_token)
        with pytest.raises(Unauthenticated):
            await accounts.refresh(one.refresh_token)
    return True


@asynccontextmanager
async def two_processes(site: Site, clock: HandClock) -> AsyncIterator[tuple[Accounts, Accounts]]:
    async with site.open() as first, site.open() as second:
        yield accounts_over(first, clock=clock), accounts_over(second, clock=clock)


async def test_a_login_that_ends_while_it_is_refreshed_has_ended(
    postgres_site: PostgresSite, clock: HandClock
) -> None:
    async with two_processes(postgres_site, clock) as (here, there):
        ada = await ada_at(here)
        caller = await here.caller(ada.access_token)
        with held(postgres_site, ada.refresh_token) as row:
            fresh, _ = await row.meet(
                here.refresh(ada.refresh_token),
                _end(there, caller, ada.access_token),
            )

        assert isinstance(fresh, Credentials), "it was asked for before"
        assert await holds_no_more(here, ada, fresh)


async def test_a_login_that_is_refreshed_while_it_ends_is_not_refreshed(
    postgres_site: PostgresSite, clock: HandClock
) -> None:
    async with two_processes(postgres_site, clock) as (here, there):
        ada = await ada_at(here)
        caller = await here.caller(ada.access_token)
        with held(postgres_site, ada.refresh_token) as row:
            _, refused = await row.meet(
                _end(there, caller, ada.access_token), here.refresh(ada.refresh_token)
            )

        assert isinstance(refused, Unauthenticated)
        assert await holds_no_more(here, ada)


async def test_a_stolen_token_ends_its_login_also_while_that_is_refreshed(
    postgres_site: PostgresSite, clock: HandClock
) -> None:
    async with two_processes(postgres_site, clock) as (here, there):
        ada = await ada_at(here)
        fresh = await here.refresh(ada.refresh_token)
        clock.advance(seconds=11)
        with held(postgres_site, fresh.refresh_token) as row:
            newest, refused = await row.meet(
                here.refresh(fresh.refresh_token), there.refresh(ada.refresh_token)
            )

        assert isinstance(refused, TokenReused)
        assert isinstance(newest, Credentials)
        assert await holds_no_more(here, fresh, newest)


async def _end(accounts: Accounts, caller: Caller, access_token: str) -> None:
    await accounts.log_out(caller, access_token=access_token)


@pytest.fixture
def streams(database: Database, clock: HandClock) -> OpenStreams:
    """Those of a process that hears of what others do from the database alone."""
    return OpenStreams(database, recheck_s=5, clock=clock)


async def withdrawn(streams: OpenStreams, *permits: Permit) -> list[bool]:
    await streams.recheck()
    return [one.withdrawn.is_set() for one in permits]


async def test_what_ended_in_another_process_ends_its_streams_and_no_others(
    database: Database, clock: HandClock, streams: OpenStreams
) -> None:
    elsewhere = accounts_over(database, clock=clock)
    ada = await ada_at(elsewhere)
    other = await elsewhere.log_in("ada@example.com", "correct horse battery staple")
    callers = [await elsewhere.caller(one.access_token) for one in (ada, other)]
    permits = [streams.admit(caller) for caller in callers]
    assert await withdrawn(streams, *permits) == [False, False]

    await elsewhere.log_out(callers[0], access_token=ada.access_token)

    assert await withdrawn(streams, *permits) == [True, False]


async def test_a_stream_outlives_its_access_token_and_not_its_login(
    database: Database, clock: HandClock, streams: OpenStreams
) -> None:
    accounts = accounts_over(database, clock=clock)
    permit = streams.admit(await accounts.caller((await ada_at(accounts)).access_token))

    clock.advance(seconds=ACCESS_S + 1)
    assert await withdrawn(streams, permit) == [False]
    clock.advance(seconds=86_400)
    assert await withdrawn(streams, permit) == [True]


async def test_a_key_takes_its_streams_along_when_it_goes_or_expires(
    database: Database, clock: HandClock, streams: OpenStreams, ann: Owner
) -> None:
    keys = ApiKeys(database, streams=OpenStreams(database, recheck_s=5, clock=clock), clock=clock)
    owner = Caller(ann.user, ann.tenant, login_id=uuid4())
    soon = clock() + timedelta(minutes=1)
    made = [
        await keys.create(owner, KeyWish(name="n", scopes=frozenset({Scope.CHAT}), expires_at=at))
        for at in (None, soon, None)
    ]
    permits = [streams.admit(await keys.caller(secret)) for _, secret in made]
    assert await withdrawn(streams, *permits) == [False, False, False]

    await keys.delete(owner, made[0][0].id)
    clock.advance(seconds=60)

    assert await withdrawn(streams, *permits) == [True, True, False]


async def test_a_login_at_an_issuer_that_ended_here_ends_its_streams_and_no_others(
    database: Database, streams: OpenStreams, ann: Owner, ben: Owner
) -> None:
    permits = []
    for owner, subject in ((ann, "ann"), (ann, "ann again"), (ben, "ben")):
        proof = a_proof(subject=subject)
        await admit(database, proof, owner)
        known = await database.read(lambda tx: tx.identities.standing(proof), by=SYSTEM)  # noqa: B023 - at once
        assert known.caller is not None
        permits.append(streams.admit(known.caller))
    ended = permits[0].caller
    assert await withdrawn(streams, *permits) == [False, False, False]

    await database.write(lambda tx: tx.identities.end_login(ended, at=NOW), by=ended)
    await database.write(lambda tx: tx.users.delete(ben.user), by=SYSTEM)

    assert await withdrawn(streams, *permits) == [True, False, True]


async def test_who_stops_listening_is_not_looked_after(
    database: Database, streams: OpenStreams, ann: Owner
) -> None:
    permit = streams.admit(Caller(ann.user, ann.tenant, login_id=uuid4()))
    gone = permit.withdrawn
    del permit

    await streams.recheck()

    assert not gone.is_set()
