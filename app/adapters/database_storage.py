"""Originals in the database: wherever it is reached from, the same ones are there."""

from collections.abc import Sequence
from typing import Final

from app.models.actor import SYSTEM
from app.models.ids import UserId
from app.ports.database import Database
from app.ports.storage import StorageKey


class DatabaseStorage:
    """The Storage port over the database, for several processes that have no disk in common."""

    shared: Final = False
    late_s: Final = 0.0

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def erases_bytes(self) -> bool:
        """Whether the database does."""
        return self._database.erases_bytes

    async def put(self, key: StorageKey, content: bytes) -> None:
        """The content is kept whole; another one there is replaced.

        Raises:
            DocumentNotFound: its document is gone.
            StorageUnavailable: nothing of it is kept.
        """
        await self._database.write(
            lambda tx: tx.document_files.put(key.document_id, content, owner=key.user_id),
            by=SYSTEM,
        )

    async def get(self, key: StorageKey) -> bytes | None:
        """The content, None when there is none.

        Raises:
            StorageUnavailable: it cannot be read at the moment.
        """
        return await self._database.read(
            lambda tx: tx.document_files.get(key.document_id, owner=key.user_id), by=SYSTEM
        )

    async def delete(self, *keys: StorageKey) -> int:
        """How many of them there were; they are gone.

        Raises:
            StorageUnavailable: they may still be there.
        """
        return await self._database.write(
            lambda tx: sum(
                tx.document_files.delete(key.document_id, owner=key.user_id) for key in keys
            ),
            by=SYSTEM,
        )

    async def list(self, user_id: UserId | None = None) -> Sequence[StorageKey]:
        """Everything that is kept, of one user or of all, in no order.

        Raises:
            StorageUnavailable: nobody knows at the moment.
        """
        kept = await self._database.read(lambda tx: tx.document_files.kept(user_id), by=SYSTEM)
        return [StorageKey(owner, document) for owner, document in kept]

    async def check(self) -> None:
        """Returns: the database is tried by itself."""

    async def close(self) -> None:
        """Nothing is held: the database is closed by whoever opened it."""
