import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.core.document_errors import OriginalNotFound
from app.core.errors import StorageUnavailable
from app.core.file_sealing import open_file, seal_file
from app.models.actor import SYSTEM, Actor, OneUser
from app.models.document import Document
from app.models.wipe import Store
from app.ports.database import Database, Transaction
from app.ports.storage import Storage, StorageKey

PATIENCE_S: Final = 5.0
"""How long a deletion waits for files to be gone; what takes longer is owed."""


class Originals:
    """The files that documents came as, each sealed with the key in its document's row.

    A file is stored after its row was written, and never has a row again once that is gone. So
    whatever has none can be deleted by anybody, at any time.
    """

    def __init__(self, database: Database, *, storage: Storage) -> None:
        self._database = database
        self._storage = storage

    @property
    def erases_bytes(self) -> bool:
        """Whether what is deleted leaves no bytes in files that somebody else keeps."""
        return self._storage.erases_bytes

    @property
    def late(self) -> timedelta:
        """For so long after an original was not kept it may still arrive."""
        return timedelta(seconds=self._storage.late_s)

    async def keep(self, document: Document, content: bytes) -> None:
        """The original is stored.

        Raises:
            DocumentNotFound: its document is gone meanwhile.
            StorageUnavailable: nothing of it is.
        """
        key = _key(document)
        await self._storage.put(key, seal_file(content, key=document.file_key, name=str(key)))

    async def read(self, document: Document) -> bytes:
        """The original, as it was brought.

        Raises:
            OriginalNotFound: the document came without it.
            StorageUnavailable: it cannot be read, or is not what was stored.
        """
        if not document.has_original:
            raise OriginalNotFound
        key = _key(document)
        sealed = await self._storage.get(key)
        try:
            return open_file(sealed or b"", key=document.file_key, name=str(key))
        except ValueError as error:
            raise StorageUnavailable("The original of this document cannot be read.") from error

    async def drop(self, document: Document) -> None:
        """The original is gone.

        Raises:
            StorageUnavailable: it may still be there.
        """
        await self._storage.delete(_key(document))

    async def settle(self, owner: OneUser) -> int:
        """How many originals of a user had no document any more; they are gone.

        Without a debt nothing is looked at, and what cannot be deleted now is owed still; so is what
        may arrive later.
        """
        owed = await self._database.read(lambda tx: tx.wipes.owed(owner.user_id), by=owner)
        owed = [one for one in owed if one.store is Store.FILES]
        if not owed:
            return 0
        try:
            async with asyncio.timeout(PATIENCE_S):
                gone = await self._delete_orphans(await self._storage.list(owner.user_id), by=owner)
        except (StorageUnavailable, TimeoutError):
            return 0
        due = [one.id for one in owed if one.not_before is None]
        await self._database.write(lambda tx: tx.wipes.done(due), by=owner)
        return gone

    async def sweep(self) -> int:
        """How many originals of anybody had no document; they are gone.

        Where others keep files too, only those are looked at to whom it is owed: whose documents
        nobody here knows may well be somebody else's.

        Raises:
            StorageUnavailable: some may still be there.
        """
        if not self._storage.shared:
            return await self._delete_orphans(await self._storage.list(), by=SYSTEM)
        owed = await self._database.read(lambda tx: tx.wipes.owed(), by=SYSTEM)
        count = 0
        for user_id in {one.user_id for one in owed if one.store is Store.FILES}:
            count += await self._delete_orphans(await self._storage.list(user_id), by=SYSTEM)
        return count

    async def _delete_orphans(self, keys: Sequence[StorageKey], *, by: Actor) -> int:
        def work(tx: Transaction) -> set[StorageKey]:
            return {
                StorageKey(owner, document)
                for owner in {key.user_id for key in keys}
                for document in tx.documents.all_of(owner)
            }

        known = await self._database.read(work, by=by)
        return await self._storage.delete(*(key for key in keys if key not in known))


def _key(document: Document) -> StorageKey:
    return StorageKey(document.user_id, document.id)
