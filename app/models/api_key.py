from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.privacy import PrivacyMode
from app.models.actor import OneUser
from app.models.ids import ApiKeyId, ProfileId, TenantId, UserId


class Scope(StrEnum):
    """What a key may be good for."""

    CHAT = "chat"
    """Sessions, messages, answers and what would be asked, the feed, and which profiles there are."""
    MEMORIES_READ = "memories:read"
    MEMORIES_WRITE = "memories:write"
    DOCUMENTS = "documents"
    ADMIN = "admin"
    """Profiles, files out and in, and the account, but for what only a login may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGrant:
    """What one key permits whoever calls with it."""

    key_id: ApiKeyId
    scopes: frozenset[Scope]
    profile_id: ProfileId | None
    """The only profile that it reaches; None for all of the user's."""
    privacy_mode: PrivacyMode | None
    """The mode that no turn is looser than; None asks for nothing."""
    requests_per_minute: int | None
    """None for no limit besides the user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as its owner sees it: the secret is not in it, but for its beginning."""

    id: ApiKeyId
    tenant_id: TenantId
    user_id: UserId
    name: str
    prefix: str
    grant: KeyGrant
    expires_at: datetime | None
    last_used_at: datetime | None
    """Within a minute."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FoundKey:
    """What is known of a key that somebody shows: whose it is, and what it permits. No words."""

    owner: OneUser
    grant: KeyGrant
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """The key that somebody asks for."""

    name: str
    scopes: frozenset[Scope]
    profile_id: ProfileId | None = None
    privacy_mode: PrivacyMode | None = None
    requests_per_minute: int | None = None
    expires_at: datetime | None = None
