from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.models.actor import OneUser
from app.models.ids import TenantId, UserId


class UserRole(StrEnum):
    """What an account may do beyond its own data."""

    USER = "user"
    ADMIN = "admin"


class Plan(StrEnum):
    """What an account has paid for."""

    FREE = "free"
    STARTER = "starter"
    PRO = "pro"


@dataclass(frozen=True, slots=True)
class User:
    """An account, without its credentials."""

    id: UserId
    tenant_id: TenantId
    email: str
    display_name: str | None
    role: UserRole
    plan: Plan
    created_at: datetime
    updated_at: datetime
    email_verified: bool = False
    """Whether an issuer that is trusted to has verified the address; nobody verifies it here."""
    time_zone: str | None = None
    """An IANA name, such as `Europe/Oslo`: where "yesterday" is; None when that was never said."""


@dataclass(frozen=True, slots=True)
class Caller(OneUser):
    """Who is asking, as proved by the credential of this request and by nothing else."""

    login_id: UUID
    """The login (refresh family) that the access token belongs to."""
