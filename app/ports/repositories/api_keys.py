from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.api_key import ApiKey, FoundKey
from app.models.ids import ApiKeyId, UserId
from app.models.page import Page, PageKey


class ApiKeyRepository(Protocol):
    """API keys, of which only hashes are kept."""

    def add(self, key: ApiKey, *, key_hash: str) -> None:
        """The key holds from now on."""
        ...

    def find(self, key_hash: str) -> FoundKey | None:
        """What the key of this hash permits, also when it has expired; one look-up by the hash."""
        ...

    def page(self, *, owner: UserId, after: PageKey | None, limit: int) -> Page[ApiKey]:
        """The user's keys, newest first."""
        ...

    def count(self, *, owner: UserId) -> int:
        """How many keys the user has."""
        ...

    def delete(self, key_id: ApiKeyId, *, owner: UserId) -> None:
        """The key holds no more, and nothing of it is left.

        Raises:
            ApiKeyNotFound: absent, or someone else's.
        """
        ...

    def alive(self, key_ids: Iterable[UUID], *, now: datetime) -> set[UUID]:
        """Those of the keys that are there and have not expired."""
        ...

    def note_uses(self, uses: Mapping[ApiKeyId, datetime]) -> None:
        """The keys that are still there say when they were last used."""
        ...
