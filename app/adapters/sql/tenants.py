from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.adapters.sql import tables
from app.core.identity_errors import IdentityTaken
from app.models.ids import TenantId, new_id
from app.models.tenant import Tenant

_table = tables.tenants


class SqlTenants:
    """Customers with users of their own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Tenant | None:
        """The tenant of this name."""
        row = self._connection.execute(select(_table).where(_table.c.name == name)).first()
        return None if row is None else _tenant(row)

    def ensure(self, name: str, *, at: datetime) -> Tenant:
        """The tenant of this name, made if there was none.

        Raises:
            IdentityTaken: it was made at the same time.
        """
        known = self.find(name)
        if known is not None:
            return known
        tenant = Tenant(TenantId(new_id()), name, key_version=1, created_at=at)
        try:
            self._connection.execute(
                insert(_table).values(id=tenant.id, name=name, key_version=1, created_at=at)
            )
        except IntegrityError as error:
            raise IdentityTaken from error
        return tenant

    def all(self) -> Sequence[tuple[Tenant, int]]:
        """The tenants, oldest first, with how many users each has."""
        users = (
            select(func.count())
            .select_from(tables.users)
            .where(tables.users.c.tenant_id == _table.c.id)
            .scalar_subquery()
        )
        rows = self._connection.execute(
            select(_table, users.label("users")).order_by(_table.c.created_at, _table.c.id)
        )
        return [(_tenant(row), row.users) for row in rows]

    def renew_key(self, tenant_id: TenantId) -> Tenant:
        """The tenant, with a key of another version: what was signed before holds no more."""
        self._connection.execute(
            update(_table)
            .where(_table.c.id == tenant_id)
            .values(key_version=_table.c.key_version + 1)
        )
        row = self._connection.execute(select(_table).where(_table.c.id == tenant_id)).one()
        return _tenant(row)

    def plan_of(self, tenant_id: TenantId) -> str:
        """The name of the plan that its new users begin on."""
        query = select(_table.c.plan).where(_table.c.id == tenant_id)
        return str(self._connection.execute(query).scalar_one())

    def set_plan(self, tenant_id: TenantId, plan: str) -> int:
        """How many users went along: those who were on the tenant's plan. New ones begin on it."""
        users = tables.users
        its = users.c.tenant_id == tenant_id, users.c.plan == self.plan_of(tenant_id)
        self._connection.execute(update(_table).where(_table.c.id == tenant_id).values(plan=plan))
        return self._connection.execute(update(users).where(*its).values(plan=plan)).rowcount


def _tenant(row: Row[Any]) -> Tenant:
    return Tenant(TenantId(row.id), row.name, row.key_version, row.created_at)
