"""By which addresses the server is reached; `config.py` reads it."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from app.core.addresses import is_safe_url
from app.core.bucket_settings import BucketedSettings
from app.core.identity_settings import NOT_SAFE
from app.core.reach import Reach


class ReachSettings(BucketedSettings):
    """By which addresses the server is reached, where it has to know."""

    host: str = Field(default="127.0.0.1", validation_alias="HOST")
    public_url: str | None = None
    mcp_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("public_url", mode="before")
    @classmethod
    def _no_address(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("public_url")
    @classmethod
    def _address_is_safe(cls, given: str | None) -> str | None:
        if given is not None and not is_safe_url(given):
            raise ValueError(f"MEMORYCHAT_PUBLIC_URL {NOT_SAFE}.")
        return given.rstrip("/") if given else None

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _origins_by_comma(cls, given: object) -> object:
        if isinstance(given, str):
            return tuple(part.strip() for part in given.split(",") if part.strip())
        return given

    @field_validator("mcp_hosts", mode="before")
    @classmethod
    def _hosts_by_comma(cls, given: object) -> object:
        if isinstance(given, str):
            return tuple(part.strip().lower() for part in given.split(",") if part.strip())
        return given

    @property
    def reach(self) -> Reach:
        """By what the server is reached."""
        public = urlsplit(self.public_url or "")
        names = {self.host.lower(), public.hostname or "", *self.mcp_hosts} - {""}
        origins = {one.lower() for one in self.cors_origins}
        if public.netloc:
            origins.add(f"{public.scheme}://{public.netloc}".lower())
        return Reach(self.public_url, hosts=frozenset(names), origins=frozenset(origins))
