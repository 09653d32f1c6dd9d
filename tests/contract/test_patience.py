"""How long a Postgres is waited for that is slow, or gone, in the midst of a conversation."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import pytest

from app.adapters.sql.postgres_patience import Patience, PatientConnection, Unanswered
from tests.support.postgres import Postgres
from tests.support.stalling_proxy import StallingProxy, stalling_proxy

WAIT_S: Final = 1.5
BYTES_PER_S: Final = 8_000_000
LARGE: Final = "x" * 32_000_000
"""It takes several times as long to be sent as an answer is waited for."""


@pytest.fixture
async def proxy(postgres: Postgres) -> AsyncIterator[StallingProxy]:
    port = urlsplit(postgres.url("postgres")).port
    assert port is not None
    async with stalling_proxy(port) as running:
        yield running


@pytest.fixture
async def connection(postgres: Postgres, proxy: StallingProxy) -> AsyncIterator[PatientConnection]:
    url = urlsplit(postgres.url("postgres"))
    slow = url._replace(netloc=f"{url.username}@127.0.0.1:{proxy.port}").geturl()
    connection = await asyncio.to_thread(PatientConnection.connect, slow)
    connection.patience = Patience(to_begin_s=WAIT_S, to_go_on_s=WAIT_S)
    yield connection
    await asyncio.to_thread(connection.close)


def length_of(connection: PatientConnection, text: str) -> int:
    [(length,)] = connection.execute("SELECT length(%s)", [text]).fetchall()
    return int(length)


async def test_a_large_statement_may_take_its_time_while_it_is_being_sent(
    connection: PatientConnection, proxy: StallingProxy
) -> None:
    await asyncio.to_thread(length_of, connection, "begun")

    with proxy.slowed(bytes_per_s=BYTES_PER_S):
        begun_s = monotonic()
        length = await asyncio.to_thread(length_of, connection, LARGE)
        took_s = monotonic() - begun_s

    assert length == len(LARGE)
    assert took_s > 2 * WAIT_S, "or it shows nothing"


async def test_a_large_statement_that_nobody_takes_is_given_up(
    connection: PatientConnection, proxy: StallingProxy
) -> None:
    await asyncio.to_thread(length_of, connection, "begun")

    with proxy.stalled():
        begun_s = monotonic()
        with pytest.raises(Unanswered):
            await asyncio.to_thread(length_of, connection, LARGE)
        took_s = monotonic() - begun_s

    assert took_s < 10 * WAIT_S
    assert connection.closed
