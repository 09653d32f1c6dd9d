from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Limit(StrEnum):
    """The things that are counted."""

    REQUESTS = "requests"
    TURNS = "turns"
    SIGNUPS = "signups"
    LOGINS = "logins"
    SERVICES = "services"
    """Requests of a tenant's own service, for all of its users together."""
    KEY = "key"
    """Requests with one API key, of which its owner says how many."""
    PLAN = "plan"
    """Turns of a user, of which their plan says how many."""


@dataclass(frozen=True, slots=True)
class LimitState:
    """Where a subject stands against one limit."""

    limit: int
    remaining: int
    reset_s: float
    """Seconds until the window is over."""


class RateLimiter(Protocol):
    """Counts of what a subject did lately, against a limit."""

    async def hit(
        self, limit: Limit, subject: str, *, rate: str | None = None
    ) -> LimitState | None:
        """Counts one more and says what is left; None when nothing is limited.

        Args:
            limit: which of the configured limits.
            subject: an id or a keyed hash; never an address or a name.
            rate: such as `20/minute`, where it is the subject's own and not configured.

        Raises:
            TooManyRequests: the limit is used up; the hit was not counted.
        """
        ...

    async def close(self) -> None:
        """Connections are let go."""
        ...
