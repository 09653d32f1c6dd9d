from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.privacy import PrivacyMode
from app.models.actor import OneUser
from app.models.api_key import KeyGrant
from app.models.ids import ProfileId, TenantId, UserId


class UserRole(StrEnum):
    """What an account may do beyond its own data."""

    USER = "user"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """An account, without its credentials."""

    id: UserId
    tenant_id: TenantId
    email: str
    display_name: str | None
    role: UserRole
    plan: str
    """The name of what it may use; see `Plans`."""
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
    """The login (refresh family) that the access token belongs to; of an API key, its id."""
    grant: KeyGrant | None = None
    """What the API key permits; None for a login, which may do everything."""
    is_known_elsewhere: bool = False
    """Whether the login is another issuer's."""

    @property
    def within(self) -> ProfileId | None:
        """The only profile whose things are reached; None for all of the user's."""
        return self.grant.profile_id if self.grant else None

    @property
    def strictest_mode(self) -> PrivacyMode | None:
        """The mode that no turn of this caller is looser than; None asks for nothing."""
        return self.grant.privacy_mode if self.grant else None
