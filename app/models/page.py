from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageKey:
    """Where a list goes on: the sort key of the last item that was seen."""

    id: UUID
    at: datetime | None = None
    """Given for lists that are ordered by a time that changes."""
    seq: int | None = None
    """Given for lists that are ordered by position."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list, and the key of the next one; None at the end."""

    items: Sequence[Item]
    next_key: PageKey | None
