"""Settings that bound what is under way and what is kept; `config.py` reads them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class RunSettings(BaseModel):
    """Bounds of the answers under way."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    max_active: int = Field(default=1_000, ge=1)
    buffer_s: float = Field(default=300.0, ge=0)
    lease_s: float = Field(default=15.0, gt=1, le=300)
    keepalive_s: float = Field(default=15.0, gt=0)
    recheck_s: float = Field(default=5.0, gt=0, le=10)
    drain_s: float = Field(default=10.0, ge=0)


class SocketSettings(BaseModel):
    """Bounds of each WebSocket."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    max_frame_bytes: int = Field(default=500_000, ge=400_000)
    """A message of 32,000 characters fits, however it is escaped."""
    authenticate_s: float = Field(default=10.0, gt=0)
    streams: int = Field(default=16, ge=1)


class IncognitoSettings(BaseModel):
    """Bounds of the transcripts that exist in this process's memory only."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    max_sessions: int = Field(default=1_000, ge=1)
    max_user_sessions: int = Field(default=20, ge=1)
    max_session_bytes: int = Field(default=1_000_000, ge=200_000)
    ttl_s: float = Field(default=3_600.0, gt=0)


class ForgettingSettings(BaseModel):
    """When the bytes of what was deleted leave the files; one wipe serves all deletions before it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    quiet_s: float = Field(default=5.0, ge=0)
    within_s: float = Field(default=60.0, gt=0)


class ImportSettings(BaseModel):
    """Bounds of the files that are imported."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    max_bytes: int = Field(default=100_000_000, ge=1_000_000)
    max_unpacked_bytes: int = Field(default=2_000_000_000, ge=1_000_000)


class DocumentSettings(BaseModel):
    """Bounds of the documents that are uploaded, and of the reading of each."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    max_bytes: int = Field(default=20_000_000, ge=100_000)
    max_chunks: int = Field(default=5_000, ge=1)
    read_s: float = Field(default=20.0, ge=1)
    read_memory_bytes: int = Field(default=1_000_000_000, ge=200_000_000)
    store_s: float = Field(default=30.0, ge=1)


Rate = Annotated[str, Field(pattern=r"^[1-9]\d{0,8}/(second|minute|hour|day)$")]


class RateLimitSettings(BaseModel):
    """Limits in the notation of the `limits` library: count / unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    enabled: bool = True
    requests: Rate = "3000/minute"
    turns: Rate = "600/minute"
    signups: Rate = "60/minute"
    logins: Rate = "10/minute"
    services: Rate = "30000/minute"
