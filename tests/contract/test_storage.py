"""What every storage promises."""

import stat
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from app.adapters.database_storage import DatabaseStorage
from app.adapters.folder_storage import FolderStorage
from app.adapters.moved_storage import MovedStorage
from app.adapters.supabase_storage import SupabaseStorage
from app.core.document_errors import DocumentNotFound
from app.core.errors import StorageUnavailable
from app.models.actor import SYSTEM
from app.models.ids import DocumentId, UserId
from app.models.wipe import Store
from app.ports.database import Database, Transaction
from app.ports.storage import Storage, StorageKey
from app.services.originals import Originals
from tests.support.database import Owner, a_document
from tests.support.gotrue import SERVICE_KEY
from tests.support.supabase_storage import BUCKET, SupabaseProject


def a_key(user: UserId | None = None) -> StorageKey:
    return StorageKey(user or UserId(uuid4()), DocumentId(uuid4()))


@dataclass(frozen=True, slots=True)
class Shelf:
    """A storage, empty, and a database with documents to keep the originals of."""

    storage: Storage
    database: Database

    async def a_key(self, owner: Owner) -> StorageKey:
        """Of a document that is arriving."""
        document = a_document(owner)
        await self.database.write(lambda tx: tx.documents.add(document), by=owner.actor)
        return StorageKey(owner.user, document.id)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[SupabaseProject]:
    with SupabaseProject(tmp_path / "buckets") as running:
        yield running


def in_bucket(project: SupabaseProject) -> SupabaseStorage:
    return SupabaseStorage(
        project.project, bucket=BUCKET, key=SERVICE_KEY, largest_bytes=20_000_000, total_s=10
    )


@pytest.fixture(params=["folder", "database", "supabase", "moved to supabase"])
async def shelf(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path
) -> AsyncIterator[Shelf]:
    """Each storage in turn, empty. A further one is another parameter."""
    storage: Storage
    match request.param:
        case "folder":
            storage = FolderStorage(tmp_path / "documents")
        case "database":
            storage = DatabaseStorage(database)
        case "supabase":
            storage = in_bucket(request.getfixturevalue("project"))
        case _:
            bucket = in_bucket(request.getfixturevalue("project"))
            storage = MovedStorage(bucket, before=DatabaseStorage(database))
    await storage.check()
    yield Shelf(storage, database)
    await storage.close()


async def test_what_is_put_is_there_until_it_is_deleted(shelf: Shelf, ann: Owner) -> None:
    storage, key = shelf.storage, await shelf.a_key(ann)
    assert await storage.get(key) is None
    assert await storage.list() == []

    await storage.put(key, b"first")
    await storage.put(key, b"second")
    assert await storage.get(key) == b"second"
    assert await storage.list() == [key]

    assert await storage.delete(key)
    assert not await storage.delete(key)
    assert await storage.get(key) is None
    assert await storage.list() == []


async def test_the_files_of_one_user_are_told_from_those_of_others(
    shelf: Shelf, ann: Owner, ben: Owner
) -> None:
    storage = shelf.storage
    mine = [await shelf.a_key(ann), await shelf.a_key(ann)]
    theirs = await shelf.a_key(ben)
    for key in (*mine, theirs):
        await storage.put(key, b"x")
    disguised = StorageKey(ben.user, mine[1].document_id)

    assert set(await storage.list(ann.user)) == set(mine)
    assert set(await storage.list()) == {*mine, theirs}
    assert await storage.get(disguised) is None
    assert not await storage.delete(disguised)

    await storage.delete(mine[0])
    assert await storage.get(mine[1]) == await storage.get(theirs) == b"x"


async def test_every_byte_comes_back(shelf: Shelf, ann: Owner) -> None:
    key, content = await shelf.a_key(ann), bytes(range(256)) * 20_000

    await shelf.storage.put(key, content)

    assert await shelf.storage.get(key) == content


async def test_several_are_deleted_at_once(shelf: Shelf, ann: Owner, ben: Owner) -> None:
    storage = shelf.storage
    keys = [await shelf.a_key(owner) for owner in (ann, ann, ben, ben)]
    for key in keys:
        await storage.put(key, b"x")
    missing = a_key(ann.user)

    assert await storage.delete() == 0
    assert await storage.delete(*keys[:3], missing) == 3
    assert await storage.list() == keys[3:]


async def test_what_came_before_the_bucket_is_found_and_deleted_still(
    project: SupabaseProject, tmp_path: Path
) -> None:
    before, bucket, user = (
        FolderStorage(tmp_path / "documents"),
        in_bucket(project),
        a_key().user_id,
    )
    old, new = a_key(user), a_key(user)
    await before.put(old, b"old")
    storage = MovedStorage(bucket, before=before)

    await storage.put(new, b"new")

    assert [await storage.get(key) for key in (old, new)] == [b"old", b"new"]
    assert set(await storage.list(user)) == {old, new}
    assert await before.list() == [old]
    assert storage.late_s == bucket.late_s > before.late_s, "what is put goes to the bucket"
    assert await storage.delete(old, new) == 2
    assert await before.list() == await bucket.list() == []
    await storage.close()


async def test_what_another_installation_keeps_in_the_bucket_is_not_swept(
    database: Database, project: SupabaseProject, ann: Owner
) -> None:
    bucket = in_bucket(project)
    shelf = Shelf(bucket, database)
    gone, kept, foreign = await shelf.a_key(ann), await shelf.a_key(ann), a_key()
    for key in (gone, kept, foreign):
        await bucket.put(key, b"x")

    def delete(tx: Transaction) -> None:
        tx.documents.delete(gone.document_id, owner=ann.user)
        tx.wipes.owe(Store.FILES, user_id=ann.user, tenant_id=ann.tenant)

    await database.write(delete, by=SYSTEM)

    assert await Originals(database, storage=bucket).sweep() == 1
    assert set(await bucket.list()) == {kept, foreign}
    await bucket.close()


async def test_what_a_database_keeps_is_there_for_all_processes_and_swept_by_any(
    database: Database, ann: Owner, ben: Owner
) -> None:
    here, there = DatabaseStorage(database), DatabaseStorage(database)
    shelf = Shelf(here, database)
    gone, kept = await shelf.a_key(ann), await shelf.a_key(ben)
    for key in (gone, kept):
        await here.put(key, b"x")

    def delete(tx: Transaction) -> None:
        tx.users.delete(ann.user)
        tx.wipes.owe(Store.FILES, user_id=ann.user, tenant_id=ann.tenant)

    await database.write(delete, by=SYSTEM)

    assert await Originals(database, storage=there).settle(ann.actor) == 1
    assert await there.list() == await here.list() == [kept]


async def test_a_database_keeps_nothing_of_a_document_that_is_gone(
    database: Database, ann: Owner
) -> None:
    storage = DatabaseStorage(database)

    with pytest.raises(DocumentNotFound):
        await storage.put(a_key(ann.user), b"x")

    assert await storage.list() == []


async def test_a_file_is_for_this_account_only(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "documents")
    await storage.put(a_key(), b"x")

    modes = {stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "documents").rglob("*")}
    assert modes == {0o600, 0o700}


async def test_what_is_deleted_is_overwritten_first(tmp_path: Path) -> None:
    storage, key = FolderStorage(tmp_path), a_key()
    await storage.put(key, b"zebra" * 500_000)
    file = tmp_path / str(key)

    with file.open("rb") as held:
        await storage.delete(key)
        assert not any(held.read())


async def test_a_file_that_a_crash_left_unfinished_is_listed_and_deleted(tmp_path: Path) -> None:
    storage, key = FolderStorage(tmp_path), a_key()
    folder = tmp_path / str(key.user_id)
    folder.mkdir()
    (folder / f"{key.document_id}.new").write_bytes(b"ha")
    (tmp_path / "notes.txt").write_text("an operator's")

    assert await storage.list() == [key]
    assert await storage.get(key) is None
    assert await storage.delete(key)
    assert not folder.exists()


async def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("no folder")

    with pytest.raises(StorageUnavailable):
        await FolderStorage(tmp_path / "documents").put(a_key(), b"x")
