from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    func,
    insert,
    select,
    union,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.adapters.sql import tables
from app.core.errors import UserNotFound
from app.models.actor import OneUser
from app.models.ids import UserId
from app.models.message import Usage
from app.models.plan import Quota
from app.models.usage import Hold, MonthUsage

_table: Final = tables.usage_months
_users: Final = tables.users
_OF_MONTH: Final = (
    _table.c.turns,
    _table.c.input_tokens,
    _table.c.output_tokens,
    _table.c.holds,
)
_STANDING: Final = (
    select(_users.c.plan, *_OF_MONTH)
    .select_from(
        _users.outerjoin(
            _table, and_(_table.c.user_id == _users.c.id, _table.c.month == bindparam("month"))
        )
    )
    .where(_users.c.id == bindparam("owner"))
)
"""Every turn on a plan with quotas begins with it: made once."""
_OWN: Final = (
    _table.c.user_id == bindparam("owner"),
    _table.c.month == bindparam("of_month"),
)
_HOLDS: Final = select(_table.c.holds).where(*_OWN)
_HOLD: Final = (
    update(_table).where(*_OWN).values(holds=bindparam("held", type_=_table.c.holds.type))
)
_MORE: Final = {
    "turns": _table.c.turns + 1,
    "input_tokens": _table.c.input_tokens + bindparam("sent"),
    "output_tokens": _table.c.output_tokens + bindparam("received"),
}
_ADD: Final = update(_table).where(*_OWN).values(**_MORE)
"""Every turn ends with it, or with the next one."""
_SETTLE: Final = (
    update(_table).where(*_OWN).values(**_MORE, holds=bindparam("held", type_=_table.c.holds.type))
)


class SqlUsage:
    """What accounts have used of their plans."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def plan_of(self, *, owner: UserId) -> str:
        """The name of the user's plan.

        Raises:
            UserNotFound: there is no such user.
        """
        query = select(_users.c.plan).where(_users.c.id == owner)
        plan = self._connection.execute(query).scalar()
        if plan is None:
            raise UserNotFound
        return str(plan)

    def standing(self, month: date, *, owner: UserId) -> tuple[str, MonthUsage]:
        """The name of the user's plan, and what was used in a month.

        Raises:
            UserNotFound: there is no such user.
        """
        row = self._connection.execute(_STANDING, {"month": month, "owner": owner}).first()
        if row is None:
            raise UserNotFound
        return row.plan, _usage(month, row)

    def holds(self, month: date, *, owner: UserId) -> Mapping[str, Hold]:
        """What turns under way hold, by key, those that have run out as well."""
        written = self._connection.execute(_HOLDS, {"owner": owner, "of_month": month}).scalar()
        return _holds(written)

    def hold(self, month: date, holds: Mapping[str, Hold], *, by: OneUser) -> None:
        """The turns that are under way hold this, and no other does."""
        values = {"owner": by.user_id, "of_month": month, "held": _written(holds)}
        done = self._connection.execute(_HOLD, values)
        if done.rowcount == 0 and holds and not self._begin(month, by, holds=_written(holds)):
            self._connection.execute(_HOLD, values)

    def add(
        self,
        month: date,
        usage: Usage,
        *,
        by: OneUser,
        holds: Mapping[str, Hold] | None = None,
    ) -> None:
        """One more turn was taken, and used so much; nothing happens when the account is gone."""
        sent, received = usage.input_tokens, usage.output_tokens
        values: dict[str, Any] = {
            "owner": by.user_id,
            "of_month": month,
            "sent": sent,
            "received": received,
        }
        if holds is not None:
            values["held"] = _written(holds)
        statement = _ADD if holds is None else _SETTLE
        if self._connection.execute(statement, values).rowcount:
            return
        if not self._begin(month, by, turns=1, input_tokens=sent, output_tokens=received):
            self._connection.execute(statement, values)

    def months(self, *, owner: UserId) -> Sequence[MonthUsage]:
        """What was used in every month with a turn, the newest first."""
        rows = self._connection.execute(
            select(_table.c.month, *_OF_MONTH)
            .where(_table.c.user_id == owner)
            .order_by(_table.c.month.desc())
        )
        return [_usage(row.month, row) for row in rows]

    def kept(self, *, owner: UserId) -> Mapping[Quota, int]:
        """How much is kept of what a plan can bound, documents that are arriving included."""
        documents = tables.documents
        row = self._connection.execute(
            select(
                func.count().label("documents"),
                func.coalesce(func.sum(documents.c.size_bytes), 0).label("size"),
            ).where(documents.c.user_id == owner)
        ).one()
        return {
            Quota.MEMORIES: self.count_memories(owner=owner),
            Quota.DOCUMENTS: row.documents,
            Quota.DOCUMENT_BYTES: int(row.size),
        }

    def count_memories(self, *, owner: UserId) -> int:
        """How many memories are kept, of any status."""
        memories = tables.memories
        query = select(func.count()).select_from(memories).where(memories.c.user_id == owner)
        return self._connection.execute(query).scalar_one()

    def release_all(self) -> int:
        """How many months had holds, and have none. For a process that knows it is alone."""
        return self._connection.execute(
            update(_table).where(_table.c.holds.is_not(None)).values(holds=None)
        ).rowcount

    def plans_in_use(self) -> Sequence[str]:
        """The names of the plans that somebody is on."""
        used = union(select(_users.c.plan), select(tables.tenants.c.plan))
        return self._connection.execute(used).scalars().all()

    def _begin(self, month: date, by: OneUser, **values: Any) -> bool:
        """Whether the month has begun with this; not when it had, or when the account is gone."""
        given = {"user_id": by.user_id, "tenant_id": by.tenant_id, "month": month, **values}
        there = select(_users.c.id).where(_users.c.id == by.user_id)
        if self._connection.execute(there).first() is None:
            return True
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(_table).values(**given))
        except IntegrityError:
            return False
        return True


def _usage(month: date, row: Any) -> MonthUsage:
    return MonthUsage(
        month=month,
        turns=row.turns or 0,
        input_tokens=row.input_tokens or 0,
        output_tokens=row.output_tokens or 0,
        holds=_holds(row.holds),
    )


def _holds(written: Mapping[str, Any] | None) -> Mapping[str, Hold]:
    return {
        key: Hold(tokens, datetime.fromtimestamp(until_s, UTC))
        for key, (tokens, until_s) in (written or {}).items()
    }


def _written(holds: Mapping[str, Hold]) -> Mapping[str, Any] | None:
    return {key: [one.tokens, one.until.timestamp()] for key, one in holds.items()} or None
