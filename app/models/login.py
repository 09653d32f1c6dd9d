from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.models.ids import TenantId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """One link of a login's chain of refresh tokens, as stored: the token itself is not in it."""

    id: UUID
    tenant_id: TenantId
    user_id: UserId
    family_id: UUID
    """The login that the chain began with."""
    token_hash: str
    """SHA-256 of the token, hex."""
    expires_at: datetime
    rotated_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
