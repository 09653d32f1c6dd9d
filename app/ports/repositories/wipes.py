from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol

from app.models.ids import TenantId, UserId
from app.models.wipe import OwedWipe, Store


class WipeRepository(Protocol):
    """What was deleted, and still has its bytes in files: ids and times only.

    It outlives its owner, whose account may be what was deleted.
    """

    def owe(
        self,
        store: Store,
        *,
        user_id: UserId,
        tenant_id: TenantId,
        late: timedelta = timedelta(0),
    ) -> None:
        """The files of a store are wiped soon after this transaction is committed.

        Not before `late` has passed, if it is about what may arrive until then.
        """
        ...

    def owed(self, owner: UserId | None = None) -> Sequence[OwedWipe]:
        """All that is owed to one user, or to everybody, oldest first."""
        ...

    def done(self, ids: Iterable[int]) -> None:
        """These are not owed any more."""
        ...
