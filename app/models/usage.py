"""What an account has used: numbers, and no words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from app.models.actor import OneUser
from app.models.message import Usage
from app.models.plan import Quota


def month_of(moment: datetime) -> date:
    """The first day of the calendar month (UTC) that a moment is in."""
    return moment.astimezone(UTC).date().replace(day=1)


def start_of(month: date) -> datetime:
    """When the month begins."""
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def end_of(month: date) -> datetime:
    """When the next month begins."""
    year, number = divmod(month.year * 12 + month.month, 12)
    return datetime(year, number + 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Hold:
    """What a turn that is under way may use, until it says what it did."""

    tokens: int
    until: datetime
    """When it runs out: its process has died, or it would have been renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthUsage:
    """What an account has used in a month."""

    month: date
    turns: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    holds: Mapping[str, Hold] = field(default_factory=dict)
    """By key, those that have run out as well."""

    @property
    def tokens(self) -> int:
        """That went to the model, and came from it."""
        return self.input_tokens + self.output_tokens

    def with_turn(self, usage: Usage) -> "MonthUsage":
        """The same, and a turn that has used so much."""
        return MonthUsage(
            month=self.month,
            turns=self.turns + 1,
            input_tokens=self.input_tokens + usage.input_tokens,
            output_tokens=self.output_tokens + usage.output_tokens,
            holds=self.holds,
        )


@dataclass(frozen=True, slots=True)
class Reservation:
    """A turn's, in the month in which it began."""

    owner: OneUser
    month: date
    key: str | None = None
    """Of its hold, which names no session and no run; None when its plan has no such quota."""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much of something was used, out of how much."""

    used: int
    reserved: int = 0
    limit: int | None = None
    """None for as much as one likes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """Where an account stands."""

    plan: str
    month: date
    amounts: Mapping[Quota, Amount]
    months: tuple[MonthUsage, ...]
    """All of them, the newest first."""
