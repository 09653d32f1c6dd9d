"""When a memory held, as a condition on its row."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select

from app.adapters.sql import tables
from app.models.memory import REMEMBERED, MemoryChange, MemoryStatus

_table = tables.memories
_versions = tables.memory_versions


def held_at(moment: datetime) -> ColumnElement[bool]:
    """Whether a memory held at a moment: it had begun to, and had not ceased to."""
    end = _end()
    return and_(
        _table.c.status.in_(REMEMBERED),
        func.coalesce(_table.c.valid_from, _table.c.said_at) <= moment,
        or_(end.is_(None), end > moment),
    )


def _end() -> ColumnElement[datetime | None]:
    """When a memory ceased to hold, null when it has not and nobody knows that it will.

    One that was superseded has ended, also when somebody took its `valid_until` away, or a file had
    none: then when its successor began, else when that was learnt.
    """
    heir = _table.alias()
    began = select(func.coalesce(heir.c.valid_from, heir.c.said_at)).where(
        heir.c.id == _table.c.superseded_by, heir.c.user_id == _table.c.user_id
    )
    learnt = select(func.max(_versions.c.created_at)).where(
        _versions.c.memory_id == _table.c.id, _versions.c.change == MemoryChange.SUPERSEDED
    )
    superseded = func.coalesce(
        began.scalar_subquery(), learnt.scalar_subquery(), _table.c.updated_at
    )
    return func.coalesce(
        _table.c.valid_until, case((_table.c.status == MemoryStatus.SUPERSEDED, superseded))
    )
