from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.models.ids import DocumentId, UserId


@dataclass(frozen=True, slots=True)
class StorageKey:
    """Where an original is kept. Two ids, so that nothing of a user's making names a file."""

    user_id: UserId
    document_id: DocumentId

    def __str__(self) -> str:
        """`user_id/document_id`."""
        return f"{self.user_id}/{self.document_id}"


class Storage(Protocol):
    """Keeps originals. What it is given is sealed already, and means nothing by itself."""

    @property
    def erases_bytes(self) -> bool:
        """Whether what is deleted leaves no bytes: not where files are a server's own."""
        ...

    @property
    def shared(self) -> bool:
        """Whether others may keep files there too, which nobody here may sweep away."""
        ...

    @property
    def late_s(self) -> float:
        """For so long after `put` has failed, or was broken off, what it was given may still arrive."""
        ...

    async def put(self, key: StorageKey, content: bytes) -> None:
        """The content is kept whole, and survives a loss of power; another one there is replaced.

        Raises:
            DocumentNotFound: its document is gone, as far as the storage can tell.
            StorageUnavailable: nothing of it is kept.
        """
        ...

    async def get(self, key: StorageKey) -> bytes | None:
        """The content, None when there is none.

        Raises:
            StorageUnavailable: it cannot be read at the moment.
        """
        ...

    async def delete(self, *keys: StorageKey) -> int:
        """How many of them there were; they are gone.

        Raises:
            StorageUnavailable: some may still be there.
        """
        ...

    async def list(self, user_id: UserId | None = None) -> Sequence[StorageKey]:
        """Everything that is kept, of one user or of all, in no order.

        Raises:
            StorageUnavailable: nobody knows at the moment.
        """
        ...

    async def check(self) -> None:
        """Returns when originals can be kept.

        Raises:
            StorageUnfit: not as it is set up; says what to do.
            StorageUnavailable: it does not answer.
        """
        ...

    async def close(self) -> None:
        """Its connections are let go."""
        ...
