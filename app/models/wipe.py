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
    not_before: datetime | None = None
    """Until then more of it may come, and it is not seen to; None when nothing will."""

    def due_from(self, now: datetime) -> datetime:
        """From when on it can be seen to: at once also when the clock was set back since.

        By more than it waits, that is: clocks of several processes differ a little.
        """
        if self.not_before is None or self.since - now > self.not_before - self.since:
            return min(self.since, now)
        return self.not_before


@dataclass(frozen=True, slots=True)
class PendingWipe:
    """A store that holds bytes of what was deleted."""

    store: Store
    since: datetime
    """When the first of it was deleted."""
    gone_by: datetime
    """When the last of it is gone at the latest, unless the process ends before: then soon after
    its next start."""
