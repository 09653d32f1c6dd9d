"""What a wipe does on a server whose files are its own, and what nobody is told that it does."""

from pathlib import Path

import pytest

from app.adapters.folder_storage import FolderStorage
from app.adapters.memory_index import NumpyIndex
from app.core.bounds import ForgettingSettings
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.wipe import Store
from app.ports.database import Database, Transaction
from app.services.originals import Originals
from app.services.wiping import Wiping
from tests.support.database import Owner, PostgresSite, a_memory

NOW_AT_ONCE = ForgettingSettings(quiet_s=0, within_s=1)


@pytest.fixture
def site(postgres_site: PostgresSite) -> PostgresSite:
    return postgres_site


async def test_deleted_rows_leave_their_table_and_no_byte_is_promised(
    database: Database, site: PostgresSite, ann: Owner, tmp_path: Path
) -> None:
    wiping = Wiping(
        database,
        index=NumpyIndex(),
        originals=Originals(database, storage=FolderStorage(tmp_path)),
        bounds=NOW_AT_ONCE,
        clock=utc_now,
    )
    memories = [a_memory(ann, f"Friend {number} lives in Bergen.") for number in range(50)]

    def keep(tx: Transaction) -> None:
        for memory in memories:
            tx.memories.add(memory, tenant_id=ann.tenant)

    def let_go(tx: Transaction) -> None:
        tx.memories.delete([memory.id for memory in memories], owner=ann.user)
        tx.wipes.owe(Store.DATABASE, user_id=ann.user, tenant_id=ann.tenant)

    await database.write(keep, by=ann.actor)
    await database.write(let_go, by=ann.actor)
    assert pages(site) > 0
    assert await wiping.pending(ann.actor) == [], "when bytes go is not for us to tell"
    assert wiping.unattested == [Store.DATABASE], "originals are in a folder here"

    await wiping.work_off()

    assert pages(site) == 0, "nothing is left of them, not even room"
    assert await database.read(lambda tx: tx.wipes.owed(), by=SYSTEM) == []


def pages(site: PostgresSite) -> int:
    """How much room the table of memories takes."""
    [(size_bytes,)] = site.postgres.execute(
        "SELECT pg_relation_size('memories')", database=site.name
    )
    return int(size_bytes)
