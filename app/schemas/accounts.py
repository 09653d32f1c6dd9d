from typing import Annotated, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, EmailStr, Field

from app.models.user import User, UserRole
from app.schemas.fields import Answer, Body, Name, Patch, Timestamp, Words
from app.services.sign_in import Credentials


class SignupRequest(Body):
    """A new account."""

    email: EmailStr
    password: Words = Field(min_length=8, max_length=1_024)
    display_name: Name | None = None


class LoginRequest(Body):
    """An account and its password."""

    email: EmailStr
    password: Words = Field(min_length=1, max_length=1_024)


class RefreshRequest(Body):
    """The refresh token that is to be exchanged; it can be used once."""

    refresh_token: str = Field(min_length=1, max_length=200)


def _of_this_world(name: str) -> str:
    """The name, if there is such a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Europe/Oslo") from None
    return name


TimeZone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_of_this_world)]


class AccountUpdate(Patch):
    """What changes of the account; null takes the name, or the time zone, away."""

    nullable: ClassVar[frozenset[str]] = frozenset({"display_name", "time_zone"})

    display_name: Name | None = None
    time_zone: TimeZone | None = Field(
        default=None, description='An IANA name: in what day "yesterday" is understood.'
    )


class UserAnswer(Answer):
    """An account."""

    id: UUID
    email: str
    display_name: str | None
    time_zone: str | None
    role: UserRole
    plan: str
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, user: User) -> "UserAnswer":
        """The account as clients see it."""
        return cls(
            id=user.id,
            email=user.email,
            display_name=user.display_name,
            time_zone=user.time_zone,
            role=user.role,
            plan=user.plan,
            created_at=user.created_at,
            updated_at=user.updated_at,
        )


class CredentialsAnswer(Answer):
    """A signed-in account with its tokens."""

    user: UserAnswer
    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105 - the scheme's name (RFC 6750)
    expires_in: int = Field(description="Seconds until the access token expires.")

    @classmethod
    def of(cls, credentials: Credentials) -> "CredentialsAnswer":
        """The credentials as clients see them."""
        return cls(
            user=UserAnswer.of(credentials.user),
            access_token=credentials.access_token,
            refresh_token=credentials.refresh_token,
            expires_in=credentials.expires_in_s,
        )
