"""An upload that was given up may still arrive: it is looked for again when it cannot any more."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from app.adapters.documents.reader import BoundedReader
from app.adapters.folder_storage import FolderStorage
from app.core.bounds import DocumentSettings, ForgettingSettings
from app.core.errors import StorageUnavailable
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.document import Document
from app.models.wipe import PendingWipe, Store
from app.ports.storage import StorageKey
from app.services.document_rows import begin
from app.services.document_watch import DocumentWatch
from app.services.documents import Documents
from app.services.feed import Feed
from app.services.originals import Originals
from app.services.wiping import Wiping
from tests.support.clock import HandClock
from tests.support.database import Owner, a_document
from tests.support.house import House
from tests.support.quotas import UNLIMITED

LATE_S = 600.0
AT_ONCE = ForgettingSettings(quiet_s=0, within_s=60)


class FarStorage(FolderStorage):
    """What it is given is on its way for as long as nobody delivers it."""

    late_s = LATE_S  # type: ignore[misc]  # another storage's is another
    shared = True  # type: ignore[misc]

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.hangs = False
        self.sent = asyncio.Event()
        self._under_way: list[tuple[StorageKey, bytes]] = []

    async def put(self, key: StorageKey, content: bytes) -> None:
        self._under_way.append((key, content))
        self.sent.set()
        if self.hangs:
            await asyncio.Event().wait()
        raise StorageUnavailable

    async def deliver(self) -> int:
        """How many have arrived."""
        for key, content in self._under_way:
            await super().put(key, content)
        return len(await self.list())


class Home:
    """Ada's documents in a storage far away, and a clock to wait by."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.storage = FarStorage(folder)
        self.originals = Originals(house.database, storage=self.storage)
        self.clock = HandClock()
        self.clock.now = utc_now() + timedelta(seconds=5)
        self.wiping = Wiping(
            house.database,
            index=house.index,
            originals=self.originals,
            bounds=AT_ONCE,
            clock=self.clock,
        )

    async def a_document(self) -> Document:
        """One that is about to come."""
        ada, family = self.house.ada, self.house.family
        owner = Owner(ada.tenant_id, ada.user_id, family.id, await self.house.session())
        return a_document(owner, created_at=utc_now())

    async def keep(self, document: Document) -> None:
        """It is brought."""
        documents = Documents(
            self.house.database,
            originals=self.originals,
            reader=BoundedReader(within_s=10, memory_bytes=500_000_000),
            indexer=self.house.mem0.indexer,
            watch=self.house.mem0.document_watch,
            quotas=UNLIMITED,
            bounds=DocumentSettings(),
            clock=utc_now,
        )
        await documents.keep(document, b"sealed", ())

    async def left(self) -> int:
        """How many originals there are once what is due is worked off."""
        await self.wiping.work_off()
        return len(await self.storage.list())

    async def pending(self) -> list[PendingWipe]:
        """What is told of files."""
        told = await self.wiping.pending(self.house.ada)
        return [one for one in told if one.store is Store.FILES]

    async def gone_after_a_while(self) -> bool:
        """Whether what arrives in the meantime stays no longer than it may arrive."""
        assert await self.left() == 0
        assert await self.storage.deliver() == 1
        assert await self.left() == 1, "nobody looks there all the time"
        self.clock.advance(seconds=LATE_S)
        return await self.left() == 0 and not await self.pending()


@pytest.fixture
def home(house: House, tmp_path: Path) -> Home:
    return Home(house, tmp_path / "far")


async def test_what_was_given_up_is_deleted_however_late_it_arrives(home: Home) -> None:
    with pytest.raises(StorageUnavailable):
        await home.keep(await home.a_document())

    assert await home.gone_after_a_while()


async def test_what_was_broken_off_is_deleted_however_late_it_arrives(home: Home) -> None:
    home.storage.hangs = True
    keeping = asyncio.create_task(home.keep(await home.a_document()))
    await home.storage.sent.wait()
    keeping.cancel()
    await asyncio.wait([keeping])

    assert await home.gone_after_a_while()


async def test_so_is_what_arrives_after_its_account_was_deleted(home: Home) -> None:
    home.storage.hangs = True
    keeping = asyncio.create_task(home.keep(await home.a_document()))
    await home.storage.sent.wait()
    ada = home.house.ada.user_id
    await home.house.database.write(lambda tx: tx.users.delete(ada), by=SYSTEM)
    keeping.cancel()
    await asyncio.wait([keeping])

    assert await home.gone_after_a_while()


async def test_so_is_what_a_process_was_sending_that_was_killed(home: Home) -> None:
    document = await home.a_document()
    await home.house.database.write(
        lambda tx: begin(tx, document=document, quotas=UNLIMITED), by=home.house.ada
    )
    with pytest.raises(StorageUnavailable):
        await home.originals.keep(document, b"sealed")

    watch = DocumentWatch(home.house.database, originals=home.originals, feed=Feed())
    await watch.recover()

    assert await home.gone_after_a_while()


async def test_a_deletion_meanwhile_deletes_what_is_there_and_owes_what_may_come(
    home: Home,
) -> None:
    with pytest.raises(StorageUnavailable):
        await home.keep(await home.a_document())
    await home.storage.deliver()

    assert await home.originals.settle(home.house.ada) == 1

    [told] = await home.pending()
    assert told.gone_by - told.since >= timedelta(seconds=LATE_S + AT_ONCE.within_s)
    assert await home.gone_after_a_while()


async def test_a_clock_that_was_set_back_delays_nothing(home: Home) -> None:
    with pytest.raises(StorageUnavailable):
        await home.keep(await home.a_document())
    await home.storage.deliver()

    home.clock.jump(days=-1 / 1440)
    assert (await home.left(), len(await home.pending())) == (0, 1), "as another process's may be"
    await home.storage.deliver()
    home.clock.jump(days=-1)

    assert await home.left() == 0
    assert not await home.pending()


async def test_what_arrived_in_time_is_owed_once_only(home: Home, tmp_path: Path) -> None:
    near = FolderStorage(tmp_path / "near")
    home.originals = Originals(home.house.database, storage=near)
    document = await home.a_document()
    (tmp_path / "near").write_text("no folder")

    with pytest.raises(StorageUnavailable):
        await home.keep(document)
    await home.wiping.work_off()

    assert await home.pending() == []
