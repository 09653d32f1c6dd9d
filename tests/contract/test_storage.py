"""What every storage promises."""

import stat
from pathlib import Path
from uuid import uuid4

import pytest

from app.adapters.folder_storage import FolderStorage
from app.core.errors import StorageUnavailable
from app.models.ids import DocumentId, UserId
from app.ports.storage import Storage, StorageKey


@pytest.fixture(params=["folder"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Each storage in turn, empty. A further one is another parameter."""
    return FolderStorage(tmp_path / "documents")


def a_key(user: UserId | None = None) -> StorageKey:
    return StorageKey(user or UserId(uuid4()), DocumentId(uuid4()))


async def test_what_is_put_is_there_until_it_is_deleted(storage: Storage) -> None:
    key = a_key()
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


async def test_the_files_of_one_user_are_told_from_those_of_others(storage: Storage) -> None:
    mine = [a_key(), a_key()]
    mine[1] = a_key(mine[0].user_id)
    theirs = a_key()
    for key in (*mine, theirs):
        await storage.put(key, b"x")

    assert set(await storage.list(mine[0].user_id)) == set(mine)
    assert set(await storage.list()) == {*mine, theirs}

    await storage.delete(mine[0])
    assert await storage.get(mine[1]) == await storage.get(theirs) == b"x"


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
