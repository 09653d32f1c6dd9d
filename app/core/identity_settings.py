"""Whose tokens are taken beside our own; `config.py` reads it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode

from app.core.addresses import is_safe_url
from app.models.tenant import DEFAULT_TENANT

SUPABASE_AUDIENCE: Final = "authenticated"
MIN_SECRET_BYTES: Final = 32
NOT_SAFE: Final = "must be a full https:// address (http:// in a private network only)"


def _safe(url: str) -> str:
    if not is_safe_url(url):
        raise ValueError(NOT_SAFE)
    return url


def _several(given: object) -> object:
    return (given,) if isinstance(given, str) else given


SafeUrl = Annotated[str, Field(max_length=500), AfterValidator(_safe)]
Words = Annotated[str, Field(min_length=1, max_length=500)]


class OidcIssuerSettings(BaseModel):
    """An issuer of OpenID Connect tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    issuer: SafeUrl
    audience: Annotated[tuple[Words, ...], BeforeValidator(_several), Field(min_length=1)]
    jwks_url: SafeUrl | None = None
    trust_email: bool = False
    tenant: Annotated[str, Field(min_length=1, max_length=200)] = DEFAULT_TENANT


@dataclass(frozen=True, slots=True)
class SupabaseSettings:
    """A project of Supabase."""

    url: str
    anon_key: str | None
    """None when its tokens are taken, but nobody signs in through this server."""
    service_role_key: str | None
    jwt_secret: str | None

    @property
    def issuer(self) -> str:
        """As its tokens write it."""
        return f"{self.url}/auth/v1"


def issuers_in(text: str) -> Sequence[dict[str, Any]]:
    """The issuers in a list in JSON; none in an empty text.

    Raises:
        ValueError: it is none, in a sentence.
    """
    if not text.strip():
        return ()
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ValueError(
            'is no list in JSON: write [{"issuer": "https://…", "audience": "…"}], in one line'
        )
    for number, one in enumerate(given, start=1):
        try:
            OidcIssuerSettings.model_validate(one)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"]) or "entry"
            reason = str(first["msg"]).removeprefix("Value error, ")
            raise ValueError(f"issuer {number}, {name}: {reason}") from None
    return given


class IdentitySettings(BaseSettings):
    """Whose tokens are taken, and who keeps passwords: nobody else, unless it is set."""

    supabase_url: str | None = Field(default=None, validation_alias="SUPABASE_URL")
    supabase_anon_key: SecretStr | None = Field(default=None, validation_alias="SUPABASE_ANON_KEY")
    supabase_service_role_key: SecretStr | None = Field(
        default=None, validation_alias="SUPABASE_SERVICE_ROLE_KEY"
    )
    supabase_jwt_secret: SecretStr | None = Field(
        default=None, validation_alias="SUPABASE_JWT_SECRET"
    )
    oidc_issuers: Annotated[tuple[OidcIssuerSettings, ...], NoDecode] = Field(
        default=(), validation_alias="OIDC_ISSUERS"
    )

    @field_validator(
        "supabase_url",
        "supabase_anon_key",
        "supabase_service_role_key",
        "supabase_jwt_secret",
        mode="before",
    )
    @classmethod
    def _empty_means_unset(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("oidc_issuers", mode="before")
    @classmethod
    def _issuers_in_json(cls, given: object) -> object:
        return issuers_in(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _issuers_make_sense(self) -> Self:
        self._require_a_project()
        names = [one.issuer for one in self.issuers]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f"OIDC_ISSUERS has {name} twice, or SUPABASE_URL means it too: list several "
                    "audiences in one entry."
                )
        return self

    @property
    def supabase(self) -> SupabaseSettings | None:
        """The project of Supabase whose tokens are taken."""
        if self.supabase_url is None:
            return None
        return SupabaseSettings(
            url=self.supabase_url.rstrip("/").removesuffix("/auth/v1"),
            anon_key=_revealed(self.supabase_anon_key),
            service_role_key=_revealed(self.supabase_service_role_key),
            jwt_secret=_revealed(self.supabase_jwt_secret),
        )

    @property
    def issuers(self) -> tuple[OidcIssuerSettings, ...]:
        """All whose tokens are taken beside our own."""
        if (supabase := self.supabase) is None:
            return self.oidc_issuers
        jwks_url = f"{supabase.issuer}/.well-known/jwks.json"
        own = OidcIssuerSettings(
            issuer=supabase.issuer, audience=(SUPABASE_AUDIENCE,), jwks_url=jwks_url
        )
        return own, *self.oidc_issuers

    def _require_a_project(self) -> None:
        """Returns when what is said of Supabase fits together.

        Raises:
            ValueError: it does not, in a sentence.
        """
        keys = {
            "SUPABASE_ANON_KEY": self.supabase_anon_key,
            "SUPABASE_SERVICE_ROLE_KEY": self.supabase_service_role_key,
            "SUPABASE_JWT_SECRET": self.supabase_jwt_secret,
        }
        if self.supabase_url is None:
            for name in (name for name, value in keys.items() if value):
                raise ValueError(f"{name} is set, but no project: set SUPABASE_URL.")
            return
        if not is_safe_url(self.supabase_url):
            raise ValueError(f"SUPABASE_URL {NOT_SAFE}.")
        if len(_revealed(self.supabase_jwt_secret) or " " * MIN_SECRET_BYTES) < MIN_SECRET_BYTES:
            raise ValueError(
                "SUPABASE_JWT_SECRET is shorter than 32 bytes: it is not the project's."
            )
        if self.supabase_anon_key and self.supabase_anon_key == self.supabase_service_role_key:
            raise ValueError(
                "SUPABASE_ANON_KEY is the key of the service role: set the publishable (anon) key."
            )


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
