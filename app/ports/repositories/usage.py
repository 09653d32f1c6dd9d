from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from app.models.actor import OneUser
from app.models.ids import UserId
from app.models.message import Usage
from app.models.plan import Quota
from app.models.usage import Hold, MonthUsage


class UsageRepository(Protocol):
    """What accounts have used of their plans: a row for each month. It holds numbers only."""

    def plan_of(self, *, owner: UserId) -> str:
        """The name of the user's plan.

        Raises:
            UserNotFound: there is no such user.
        """
        ...

    def standing(self, month: date, *, owner: UserId) -> tuple[str, MonthUsage]:
        """The name of the user's plan, and what was used in a month.

        Raises:
            UserNotFound: there is no such user.
        """
        ...

    def holds(self, month: date, *, owner: UserId) -> Mapping[str, Hold]:
        """What turns under way hold, by key, those that have run out as well."""
        ...

    def hold(self, month: date, holds: Mapping[str, Hold], *, by: OneUser) -> None:
        """The turns that are under way hold this, and no other does."""
        ...

    def add(
        self,
        month: date,
        usage: Usage,
        *,
        by: OneUser,
        holds: Mapping[str, Hold] | None = None,
    ) -> None:
        """One more turn was taken, and used so much; nothing happens when the account is gone.

        Args:
            month: in which it began.
            usage: what it used.
            by: whose turn it was.
            holds: what the turns that are under way hold now; None leaves that as it is.
        """
        ...

    def months(self, *, owner: UserId) -> Sequence[MonthUsage]:
        """What was used in every month with a turn, the newest first."""
        ...

    def kept(self, *, owner: UserId) -> Mapping[Quota, int]:
        """How much is kept of what a plan can bound, documents that are arriving included."""
        ...

    def count_memories(self, *, owner: UserId) -> int:
        """How many memories are kept, of any status."""
        ...

    def release_all(self) -> int:
        """How many months had holds, and have none. For a process that knows it is alone."""
        ...

    def plans_in_use(self) -> Sequence[str]:
        """The names of the plans that somebody is on."""
        ...
