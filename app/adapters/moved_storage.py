"""Originals that are put elsewhere from now on, while those from before stay where they are."""

from collections.abc import Sequence

from app.models.ids import UserId
from app.ports.storage import Storage, StorageKey


class MovedStorage:
    """The Storage port over a storage, and the one that was used before it.

    What is there is found in either, and deleted in both.
    """

    def __init__(self, storage: Storage, *, before: Storage) -> None:
        self._storage = storage
        self._before = before

    @property
    def erases_bytes(self) -> bool:
        """Whether both do."""
        return self._storage.erases_bytes and self._before.erases_bytes

    @property
    def shared(self) -> bool:
        """Whether either is."""
        return self._storage.shared or self._before.shared

    @property
    def late_s(self) -> float:
        """As late as where it is put from now on."""
        return self._storage.late_s

    async def put(self, key: StorageKey, content: bytes) -> None:
        """The content is kept whole; another one there is replaced.

        Raises:
            StorageUnavailable: nothing of it is kept.
        """
        await self._storage.put(key, content)

    async def get(self, key: StorageKey) -> bytes | None:
        """The content, None when there is none.

        Raises:
            StorageUnavailable: it cannot be read at the moment.
        """
        content = await self._storage.get(key)
        return await self._before.get(key) if content is None else content

    async def delete(self, *keys: StorageKey) -> int:
        """How many of them there were; they are gone.

        Raises:
            StorageUnavailable: some may still be there.
        """
        before = await self._before.delete(*keys)
        return before + await self._storage.delete(*keys)

    async def list(self, user_id: UserId | None = None) -> Sequence[StorageKey]:
        """Everything that is kept, of one user or of all, in no order.

        Raises:
            StorageUnavailable: nobody knows at the moment.
        """
        before = await self._before.list(user_id)
        return list({*before, *await self._storage.list(user_id)})

    async def check(self) -> None:
        """Returns when originals can be kept.

        Raises:
            StorageUnfit: not as it is set up; says what to do.
            StorageUnavailable: it does not answer.
        """
        await self._storage.check()

    async def close(self) -> None:
        """The connections of both are let go."""
        await self._storage.close()
        await self._before.close()
