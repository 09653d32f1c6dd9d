"""What a user's plan does not hold any more; parts of the tree in `errors.py`.

AppError
├── QuotaExceeded              429  until the month is over
└── QuotaFull                  403  until something is deleted
"""

from collections.abc import Mapping
from datetime import datetime

from app.core.errors import AppError
from app.models.plan import Quota


class QuotaError(AppError):
    """Something that a plan has a quota of is used up; says what, how much, and out of how much."""

    def __init__(
        self,
        quota: Quota,
        *,
        limit: int,
        used: int,
        reserved: int = 0,
        resets_at: datetime | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        held = f", and {reserved} are held by answers under way" if reserved else ""
        until = (
            f" It begins anew at {resets_at:%Y-%m-%dT%H:%M:%SZ}."
            if resets_at
            else " Deleting makes room."
        )
        super().__init__(
            f"The plan has {limit} {quota.replace('_', ' ')}, of which {used} are used{held}: "
            f"there is no room for what this needs.{until}",
            retry_after_s=retry_after_s,
        )
        self.quota = quota
        self.limit = limit
        self.used = used
        self.reserved = reserved
        self.resets_at = resets_at

    def headers(self) -> Mapping[str, str]:
        """Tells OpenAI SDKs not to send the same request again."""
        return {**AppError.headers(self), "x-should-retry": "false"}


class QuotaExceeded(QuotaError):
    """The month's quota does not hold one more turn; nothing of it was kept."""

    slug, title, status = "quota-exceeded", "The plan's quota is used up", 429


class QuotaFull(QuotaError):
    """As much is kept as the plan has room for: something has to be deleted first."""

    slug, title, status = "quota-full", "The plan has no room for more", 403
