"""Originals in a folder: one file each, named by two UUIDs, private to this account."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from app.adapters.disk import sync
from app.core.errors import StorageUnavailable
from app.models.ids import DocumentId, UserId
from app.ports.storage import StorageKey

_BLANK_AT_A_TIME_BYTES: Final = 1_000_000
_UNFINISHED: Final = ".new"


class FolderStorage:
    """The Storage port over a folder, which is made when the first file comes."""

    erases_bytes: Final = True
    shared: Final = False
    late_s: Final = 0.0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: StorageKey, content: bytes) -> None:
        """The content is kept whole, and survives a loss of power; another one there is replaced.

        Raises:
            StorageUnavailable: nothing of it is kept.
        """
        try:
            await asyncio.to_thread(_put, self._file(key), content)
        except OSError as error:
            raise StorageUnavailable from error

    async def get(self, key: StorageKey) -> bytes | None:
        """The content, None when there is none.

        Raises:
            StorageUnavailable: it cannot be read at the moment.
        """
        try:
            return await asyncio.to_thread(self._file(key).read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable from error

    async def delete(self, *keys: StorageKey) -> int:
        """How many of them there were; they are overwritten, and gone.

        Raises:
            StorageUnavailable: some may still be there.
        """
        try:
            return await asyncio.to_thread(lambda: sum(_delete(self._file(key)) for key in keys))
        except OSError as error:
            raise StorageUnavailable from error

    async def list(self, user_id: UserId | None = None) -> Sequence[StorageKey]:
        """Everything that is kept, of one user or of all, in no order.

        What a crash left unfinished is among it, so that it can be deleted.

        Raises:
            StorageUnavailable: nobody knows at the moment.
        """
        pattern = f"{user_id}/*" if user_id else "*/*"
        try:
            return await asyncio.to_thread(lambda: list(_keys(self._folder, pattern)))
        except OSError as error:
            raise StorageUnavailable from error

    async def check(self) -> None:
        """Returns: the folder was tried when it was opened."""

    async def close(self) -> None:
        """Nothing is held."""

    def _file(self, key: StorageKey) -> Path:
        return self._folder / str(key.user_id) / str(key.document_id)


def _put(file: Path, content: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(file.name + _UNFINISHED)
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise
    sync(file.parent)


def _delete(file: Path) -> bool:
    found = [path for path in (file, file.with_name(file.name + _UNFINISHED)) if path.exists()]
    for path in found:
        _blank(path)
        path.unlink(missing_ok=True)
    if found:
        sync(file.parent)
        with suppress(OSError):  # it holds other files
            file.parent.rmdir()
    return bool(found)


def _blank(file: Path) -> None:
    """Where disks write in place, nothing is left; elsewhere the key is gone, and that is enough."""
    with file.open("r+b") as stream:
        left = os.fstat(stream.fileno()).st_size
        while left > 0:
            left -= stream.write(bytes(min(left, _BLANK_AT_A_TIME_BYTES)))
        stream.flush()
        os.fsync(stream.fileno())


def _keys(folder: Path, pattern: str) -> Iterator[StorageKey]:
    names = {
        (file.parent.name, file.name.removesuffix(_UNFINISHED)) for file in folder.glob(pattern)
    }
    for user, document in names:
        with suppress(ValueError):  # somebody else's file
            yield StorageKey(UserId(UUID(user)), DocumentId(UUID(document)))
