"""On whose behalf something is read from the database, or written to it."""

from dataclasses import dataclass
from typing import Final

from app.models.ids import ProfileId, TenantId, UserId


@dataclass(frozen=True, slots=True)
class OneUser:
    """One user: a database that can tell rows apart shows and takes nobody else's."""

    user_id: UserId
    tenant_id: TenantId

    @property
    def within(self) -> ProfileId | None:
        """The only profile whose things are reached; None for all of the user's."""
        return None


@dataclass(frozen=True, slots=True)
class System:
    """The installation itself, for what spans users: claiming jobs, sweeping, finding an account."""

    @property
    def within(self) -> None:
        """Nothing holds it to one profile."""
        return


SYSTEM: Final = System()

Actor = OneUser | System
