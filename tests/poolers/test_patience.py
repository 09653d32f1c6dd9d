"""What is under way when a pooler falls silent."""

import time

import pytest

from app.adapters.sql.engines import open_engines
from app.adapters.sql.postgres_limits import PostgresLimits
from app.adapters.sql.store import SqlStore
from app.core.errors import StorageUnavailable
from app.models.actor import SYSTEM
from app.ports.database import Transaction
from tests.support.pgbouncer import PooledSite

SHORT = PostgresLimits(connections=2, connect_timeout_s=2, statement_timeout_s=0.5)


async def test_a_transaction_is_given_up_when_nothing_more_is_said(site: PooledSite) -> None:
    store = SqlStore(open_engines(site.url, limits=SHORT))

    def work(tx: Transaction) -> None:
        with site.pooler.frozen():
            tx.users.default_tenant()

    began_s = time.monotonic()
    with pytest.raises(StorageUnavailable):
        await store.write(work, by=SYSTEM)
    took_s = time.monotonic() - began_s

    assert 2 < took_s < 8
    await store.read(lambda tx: tx.users.default_tenant(), by=SYSTEM)
    await store.close()
