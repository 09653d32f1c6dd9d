"""Settings of the database; `config.py` reads them."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class DatabaseSettings(BaseModel):
    """How many connections each process holds to a Postgres, and how long it waits for what."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    connections: int = Field(default=10, ge=2, le=200)
    connect_timeout_s: float = Field(default=5.0, ge=2, le=60)
    statement_timeout_s: float = Field(default=30.0, gt=0)
    lock_timeout_s: float = Field(default=10.0, gt=0)


class EmbeddedDatabaseSettings(BaseModel):
    """A SQLite file in the data folder."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["embedded"] = "embedded"


class PostgresSettings(BaseModel):
    """A Postgres, Supabase's or any."""

    model_config = ConfigDict(frozen=True)
    kind: Literal["postgres"] = "postgres"
    url: SecretStr
    bounds: DatabaseSettings


StoreSettings = Annotated[EmbeddedDatabaseSettings | PostgresSettings, Field(discriminator="kind")]

_SCHEMES = {"postgres", "postgresql"}


def require_postgres(name: str, url: SecretStr | None) -> None:
    """Returns when the address is one of a Postgres, or there is none.

    Raises:
        ValueError: it is none.
    """
    if url is not None and urlsplit(url.get_secret_value()).scheme not in _SCHEMES:
        raise ValueError(
            f"{name} is no postgresql:// address: set one, or unset it for the embedded database."
        )
