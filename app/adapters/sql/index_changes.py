from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Uuid, delete, func, insert, literal, select, true, update

from app.adapters.sql import tables
from app.adapters.sql.batches import batches
from app.models.ids import ProfileId, TenantId, UserId
from app.models.memory import REMEMBERED
from app.models.namespace import Namespace
from app.ports.repositories.jobs import IndexChange

_table = tables.index_changes
_POINT = ["tenant_id", "user_id", "memory_profile_id", "point_id", "is_episode", "created_at"]


class SqlIndexChanges:
    """What the index has still to follow."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mark(
        self, namespace: Namespace, points: Iterable[UUID], *, tenant_id: TenantId, is_episode: bool
    ) -> None:
        """The points are looked at again, once this transaction is committed."""
        self._insert(namespace, list(points), tenant_id=tenant_id, is_episode=is_episode)

    def mark_all(self, namespace: Namespace, *, tenant_id: TenantId) -> None:
        """The whole namespace is looked at again."""
        self._insert(namespace, [None], tenant_id=tenant_id, is_episode=False)

    def mark_arrivals(self, namespace: Namespace, *, of: ProfileId, tenant_id: TenantId) -> None:
        """Every point of a profile is looked for in another one's namespace, one by one."""
        memories, messages = tables.memories.c, tables.chat_messages.c
        chunks = tables.document_chunks.c
        for its, found, is_episode in (
            (memories, memories.status.in_(REMEMBERED), False),
            (messages, messages.searchable, True),
            (chunks, true(), False),
        ):
            points = select(
                literal(tenant_id, Uuid),
                literal(namespace.user_id, Uuid),
                literal(namespace.profile_id, Uuid),
                its.id,
                literal(is_episode),
                literal(datetime.now(UTC), _table.c.created_at.type),
            ).where(its.memory_profile_id == of, its.user_id == namespace.user_id, found)
            self._connection.execute(insert(_table).from_select(_POINT, points))

    def waiting(self) -> Sequence[tuple[TenantId, Namespace]]:
        """The namespaces with changes that wait to be applied."""
        rows = self._connection.execute(
            select(_table.c.tenant_id, _table.c.user_id, _table.c.memory_profile_id)
            .where(~_table.c.applied)
            .group_by(_table.c.memory_profile_id, _table.c.user_id, _table.c.tenant_id)
        )
        return [
            (TenantId(row.tenant_id), Namespace(row.user_id, row.memory_profile_id)) for row in rows
        ]

    def oldest(self, namespace: Namespace, *, limit: int) -> Sequence[IndexChange]:
        """The changes of a namespace that wait longest to be applied, those of messages first.

        Two queries that walk an index: to sort a hundred thousand for each batch would take longer.
        """
        its = select(_table).where(_table.c.memory_profile_id == namespace.profile_id)
        said = self._read(its.where(_table.c.is_episode).limit(limit))
        rest = limit - len(said)
        return [*said, *self._read(its.where(~_table.c.is_episode).limit(rest))] if rest else said

    def of_namespace(self, namespace: Namespace) -> Sequence[IndexChange]:
        """All changes of a namespace that wait to be applied."""
        profile_id = namespace.profile_id
        return self._read(select(_table).where(_table.c.memory_profile_id == profile_id))

    def of_owner(self, owner: UserId) -> Sequence[IndexChange]:
        """All changes of a user that wait to be applied."""
        return self._read(select(_table).where(_table.c.user_id == owner))

    def mark_applied(self, ids: Iterable[int]) -> None:
        """Searches see the changes; a loss of power might still undo them."""
        for some in batches(ids):
            self._connection.execute(
                update(_table).where(_table.c.id.in_(some)).values(applied=True)
            )

    def applied(self) -> Sequence[int]:
        """The changes that searches see and a loss of power might undo."""
        query = select(_table.c.id).where(_table.c.applied)
        return list(self._connection.execute(query).scalars())

    def restart(self) -> int:
        """How many changes had been applied but not made durable; they wait again."""
        return self._connection.execute(
            update(_table).where(_table.c.applied).values(applied=False)
        ).rowcount

    def remove(self, ids: Iterable[int]) -> None:
        """The changes are done for good."""
        for some in batches(ids):
            self._connection.execute(delete(_table).where(_table.c.id.in_(some)))

    def count(self, profile_id: ProfileId) -> int:
        """How many changes of a profile wait to be applied."""
        return self._connection.execute(
            select(func.count())
            .select_from(_table)
            .where(_table.c.memory_profile_id == profile_id, ~_table.c.applied)
        ).scalar_one()

    def count_all(self) -> int:
        """How many changes of everybody wait to be applied."""
        return self._connection.execute(
            select(func.count()).select_from(_table).where(~_table.c.applied)
        ).scalar_one()

    def _read(self, query: Select[Any]) -> Sequence[IndexChange]:
        rows = self._connection.execute(query.where(~_table.c.applied).order_by(_table.c.id))
        return [
            IndexChange(
                id=row.id,
                tenant_id=row.tenant_id,
                namespace=Namespace(row.user_id, row.memory_profile_id),
                point_id=row.point_id,
                is_episode=row.is_episode,
            )
            for row in rows
        ]

    def _insert(
        self,
        namespace: Namespace,
        points: Sequence[UUID | None],
        *,
        tenant_id: TenantId,
        is_episode: bool,
    ) -> None:
        if not points:
            return
        self._connection.execute(
            insert(_table),
            [
                {
                    "tenant_id": tenant_id,
                    "user_id": namespace.user_id,
                    "memory_profile_id": namespace.profile_id,
                    "point_id": point,
                    "is_episode": is_episode,
                    "created_at": datetime.now(UTC),
                }
                for point in points
            ],
        )
