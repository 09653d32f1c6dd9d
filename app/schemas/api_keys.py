from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.core.privacy import PrivacyMode
from app.models.api_key import ApiKey, KeyWish, Scope
from app.models.ids import ProfileId
from app.schemas.fields import Answer, Body, Moment, Name, Timestamp
from app.schemas.lists import ListAnswer


def _each_once(scopes: list[Scope]) -> list[Scope]:
    if len(set(scopes)) != len(scopes):
        raise ValueError("must not name a scope twice")
    return scopes


Scopes = Annotated[
    list[Scope], Field(min_length=1, max_length=len(Scope)), AfterValidator(_each_once)
]


class ApiKeyCreation(Body):
    """A new key for a program that calls in the caller's name."""

    name: Name = Field(description="What it is for; to tell it from other keys.")
    scopes: Scopes = Field(description="What it is good for: each operation says which it needs.")
    memory_profile_id: UUID | None = Field(
        default=None,
        description="The only profile whose memories, sessions, runs and documents it reaches; all else "
        "is absent to it. It goes when that profile goes.",
    )
    privacy_mode: PrivacyMode | None = Field(
        default=None,
        description="No turn with this key is less private, whatever session and request say.",
    )
    expires_at: Moment | None = Field(default=None, description="When it holds no more.")
    requests_per_minute: int | None = Field(
        default=None, ge=1, le=100_000, description="Besides the limits of the account."
    )

    def wish(self) -> KeyWish:
        """The same, as the service takes it."""
        return KeyWish(
            name=self.name,
            scopes=frozenset(self.scopes),
            profile_id=ProfileId(self.memory_profile_id) if self.memory_profile_id else None,
            privacy_mode=self.privacy_mode,
            expires_at=self.expires_at,
            requests_per_minute=self.requests_per_minute,
        )


class ApiKeyAnswer(Answer):
    """An API key, without its secret."""

    id: UUID
    name: str
    prefix: str = Field(description="How the secret begins.")
    scopes: list[Scope]
    memory_profile_id: UUID | None
    privacy_mode: PrivacyMode | None
    requests_per_minute: int | None
    expires_at: Timestamp | None
    last_used_at: Timestamp | None = Field(description="Within a minute.")
    created_at: Timestamp

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyAnswer":
        """The key as clients see it."""
        return cls(**_shown(key))


class NewApiKeyAnswer(ApiKeyAnswer):
    """A new API key, with the secret: nobody can show it again."""

    key: str = Field(description="The secret, `mc_…`, shown this once.")

    @classmethod
    def with_secret(cls, key: ApiKey, secret: str) -> "NewApiKeyAnswer":
        """The key as it is shown once."""
        return cls(**_shown(key), key=secret)


class ApiKeyList(ListAnswer[ApiKeyAnswer]):
    """One page of API keys."""


def _shown(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.grant.scopes),
        "memory_profile_id": key.grant.profile_id,
        "privacy_mode": key.grant.privacy_mode,
        "requests_per_minute": key.grant.requests_per_minute,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "created_at": key.created_at,
    }
