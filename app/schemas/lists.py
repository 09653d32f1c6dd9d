import base64
import binascii
from datetime import datetime
from typing import Annotated, Generic, TypeVar
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


class ListAnswer(Answer, Generic[Item]):
    """One page of a list."""

    data: list[Item]
    next_cursor: str | None


def cursor_of(key: PageKey | None) -> str | None:
    """The key as an opaque string."""
    if key is None:
        return None
    plain = [str(key.id), key.at.isoformat() if key.at else None, key.seq]
    return base64.urlsafe_b64encode(orjson.dumps(plain)).decode()


def key_of(cursor: str | None) -> PageKey | None:
    """The key that an opaque string stands for.

    Raises:
        InvalidInput: it is not one of ours.
    """
    if cursor is None:
        return None
    try:
        item_id, at, seq = orjson.loads(base64.urlsafe_b64decode(cursor))
        moment = datetime.fromisoformat(at) if at is not None else None
        position = int(seq) if seq is not None else None
        return PageKey(id=UUID(item_id), at=moment, seq=position)
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise InvalidInput("The cursor is not one that was given out here.") from error
