from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.models.ids import TenantId, UserId
from app.models.wipe import OwedWipe, Store

_table = tables.owed_wipes


class SqlWipes:
    """What was deleted, and still has its bytes in files."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        now = datetime.now(UTC)
        self._connection.execute(
            insert(_table).values(
                tenant_id=tenant_id,
                user_id=user_id,
                store=store,
                created_at=now,
                not_before=now + late if late else None,
            )
        )

    def owed(self, owner: UserId | None = None) -> Sequence[OwedWipe]:
        """All that is owed to one user, or to everybody, oldest first."""
        query = select(_table).order_by(_table.c.id)
        if owner is not None:
            query = query.where(_table.c.user_id == owner)
        return [
            OwedWipe(row.id, Store(row.store), UserId(row.user_id), row.created_at, row.not_before)
            for row in self._connection.execute(query)
        ]

    def done(self, ids: Iterable[int]) -> None:
        """These are not owed any more."""
        for some in batches(ids):
            self._connection.execute(delete(_table).where(_table.c.id.in_(some)))
