from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select

from app.models.page import Page, PageKey

Item = TypeVar("Item")


def page_by_id(
    connection: Connection,
    query: Select[Any],
    column: ColumnElement[Any],
    *,
    after: PageKey | None,
    limit: int,
    read: Callable[[Row[Any]], Item],
    newest_first: bool = False,
) -> Page[Item]:
    """One page of a query ordered by its UUIDv7 ids, so that any depth costs the same."""
    if after is not None:
        query = query.where(column < after.id if newest_first else column > after.id)
    ordered = query.order_by(column.desc() if newest_first else column)
    rows = connection.execute(ordered.limit(limit + 1)).all()
    return page_of(rows, limit=limit, read=read, key=lambda row: PageKey(id=row.id))


def page_of(
    rows: "list[Row[Any]] | Any",
    *,
    limit: int,
    read: Callable[[Row[Any]], Item],
    key: Callable[[Row[Any]], PageKey],
) -> Page[Item]:
    """The first `limit` of the rows; a row beyond them means that the list goes on."""
    shown = rows[:limit]
    next_key = key(shown[-1]) if len(rows) > limit else None
    return Page(items=[read(row) for row in shown], next_key=next_key)
