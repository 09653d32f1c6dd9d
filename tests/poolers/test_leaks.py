"""Whoever gets a connection next finds nothing on it of whoever had it before."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from app.models.actor import SYSTEM
from app.models.message import Message
from app.ports.database import Database, Transaction
from tests.support.database import (
    Owner,
    a_message,
    add_owner,
    opened,
    postgres_at_head,
)
from tests.support.pgbouncer import PgBouncer, PooledSite, PoolMode, before
from tests.support.postgres import Postgres

LEFT = """
SELECT pg_backend_pid() AS backend, current_user AS name, current_setting('role') AS role,
    nullif(current_setting('request.jwt.claims', true), '') AS claims,
    current_setting('search_path') AS path, current_setting('work_mem') AS memory,
    current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
    current_setting('idle_in_transaction_session_timeout') AS idle,
    current_setting('transaction_read_only') AS reads, current_setting('transaction_isolation') AS isolation,
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
    (SELECT count(*) FROM pg_prepared_statements) AS prepared,
    (SELECT count(*) FROM chat_messages) AS shown"""


@pytest.fixture
def narrow(postgres: Postgres, mode: PoolMode) -> Iterator[PgBouncer]:
    """A pooler that has one connection for everybody."""
    with before(postgres, mode, default_pool_size="1") as running:
        yield running


@pytest.fixture
def site(postgres: Postgres, narrow: PgBouncer) -> Iterator[PooledSite]:
    with postgres.a_database(template=postgres_at_head(postgres)) as name:
        yield PooledSite(postgres, name, narrow)


def found_by_the_next(site: PooledSite) -> Mapping[str, Any]:
    with psycopg.connect(site.url, prepare_threshold=None, row_factory=dict_row) as connection:
        row = connection.execute(LEFT.encode()).fetchone()
    assert row is not None
    return row


async def say(database: Database, owner: Owner, content: str = "Hello.") -> None:
    message = a_message(owner, content)
    await database.write(
        lambda tx: tx.messages.append([message], tenant_id=owner.tenant), by=owner.actor
    )


def fail(tx: Transaction) -> None:
    raise ZeroDivisionError


async def test_a_connection_is_as_new_after_turns_and_failures(site: PooledSite) -> None:
    fresh = found_by_the_next(site)
    async with opened(site.url) as store:
        owner = await store.write(add_owner, by=SYSTEM)
        for _ in range(20):
            await say(store, owner)
            await store.read(lambda tx: tx.messages.recent(owner.session, limit=5), by=owner.actor)
        for by in (owner.actor, SYSTEM):
            with suppress(ZeroDivisionError):
                await store.write(fail, by=by)

    assert found_by_the_next(site) == fresh
    assert fresh["name"] == "memorychat"
    assert (fresh["role"], fresh["claims"]) == ("none", None)
    assert (fresh["locks"], fresh["prepared"], fresh["shown"]) == (0, 0, 0)


def test_who_is_cut_off_in_a_transaction_leaves_nothing(site: PooledSite) -> None:
    fresh = {**found_by_the_next(site), "backend": None}
    cut = psycopg.connect(site.url)
    cut.execute("SELECT set_config('role', 'memorychat_system', true), pg_advisory_xact_lock(7)")
    cut.execute("SELECT set_config('request.jwt.claims', '{}', true)")

    cut.pgconn.finish()  # no ROLLBACK, and no goodbye to Postgres

    assert {**found_by_the_next(site), "backend": None} == fresh


async def test_people_who_take_turns_on_few_connections_see_their_own(
    postgres: Postgres,
) -> None:
    """Two processes with four connections each, on two of the Postgres's."""
    with (
        before(postgres, "transaction", default_pool_size="2") as pooler,
        postgres.a_database(template=postgres_at_head(postgres)) as name,
    ):
        url = PooledSite(postgres, name, pooler).url
        async with opened(url) as one, opened(url) as other:
            people = [await one.write(add_owner, by=SYSTEM) for _ in range(6)]

            async def talk(owner: Owner) -> list[Message]:
                for number in range(10):
                    await say((one, other)[number % 2], owner, str(owner.user))
                found = await one.read(
                    lambda tx: tx.messages.recent(owner.session, limit=99), by=owner.actor
                )
                return list(found)

            said = await asyncio.gather(*map(talk, people))

    for owner, messages in zip(people, said, strict=True):
        assert [message.content for message in messages] == [str(owner.user)] * 10
