from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.models.ids import UserId


class Store(StrEnum):
    """Where the bytes of what was deleted outlive it for a while."""

    DATABASE = "database"
    INDEX = "index"
    FILES = "files"
    """The originals of documents."""


@dataclass(frozen=True, slots=True)
class OwedWipe:
    """Something was deleted or replaced in a store, whose files have not been wiped since."""

    id: int
    store: Store
    user_id: UserId
    since: datetime


@dataclass(frozen=True, slots=True)
class PendingWipe:
    """A store that holds bytes of what was deleted."""

    store: Store
    since: datetime
    """When the first of it was deleted."""
    gone_by: datetime
    """When the last of it is gone at the latest, unless the process ends before: then soon after
    its next start."""
