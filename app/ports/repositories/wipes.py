from collections.abc import Iterable, Sequence
from typing import Protocol

from app.models.ids import TenantId, UserId
from app.models.wipe import OwedWipe, Store


class WipeRepository(Protocol):
    """What was deleted, and still has its bytes in files: ids and times only.

    It outlives its owner, whose account may be what was deleted.
    """

    def owe(self, store: Store, *, user_id: UserId, tenant_id: TenantId) -> None:
        """The files of a store are wiped soon after this transaction is committed."""
        ...

    def owed(self, owner: UserId | None = None) -> Sequence[OwedWipe]:
        """All that is owed to one user, or to everybody, oldest first."""
        ...

    def done(self, ids: Iterable[int]) -> None:
        """These are not owed any more."""
        ...
