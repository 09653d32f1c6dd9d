import base64
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar, assert_never
from uuid import UUID

import orjson
from fastapi import Query

from app.core.errors import InvalidInput
from app.models.page import PageKey
from app.schemas.fields import Answer

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most.")]
Cursor = Annotated[
    str | None, Query(max_length=400, description="`next_cursor` of the page before.")
]


class Order(StrEnum):
    """What a list is sorted by, and so what its cursors hold."""

    ID = "id"
    TIME = "time"
    POSITION = "position"


class ListAnswer(Answer, Generic[Item]):
    """One page of a list. Lists of things are classes of their own, so that clients have names."""

    data: list[Item]
    next_cursor: str | None


def cursor_of(key: PageKey | None) -> str | None:
    """The key as an opaque string."""
    if key is None:
        return None
    plain: list[object]
    if key.at is not None:
        plain = [Order.TIME, str(key.id), key.at.isoformat()]
    elif key.seq is not None:
        plain = [Order.POSITION, str(key.id), key.seq]
    else:
        plain = [Order.ID, str(key.id), None]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode()


def key_of(cursor: str | None, *, order: Order = Order.ID) -> PageKey | None:
    """The key that an opaque string stands for.

    Raises:
        InvalidInput: it was not given out here, or for a list of another order.
    """
    if cursor is None:
        return None
    try:
        given, item_id, value = orjson.loads(base64.urlsafe_b64decode(cursor))
        if given != order:
            raise InvalidInput(_FOREIGN)
        return _key(UUID(item_id), value, order=order)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidInput(_FOREIGN) from error


_FOREIGN: Final = "The cursor is not one that was given out for this list."
_POSITIONS: Final = range(-(2**31), 2**31)


def _key(item_id: UUID, value: Any, *, order: Order) -> PageKey:
    match order:
        case Order.ID:
            return PageKey(id=item_id)
        case Order.TIME:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                raise ValueError("a time without its offset")
            return PageKey(id=item_id, at=at.astimezone(UTC))
        case Order.POSITION:
            if type(value) is not int or value not in _POSITIONS:
                raise ValueError("not a position")
            return PageKey(id=item_id, seq=value)
        case never:
            assert_never(never)
