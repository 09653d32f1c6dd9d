"""Where originals of documents are kept; `config.py` reads it."""

import re
from dataclasses import dataclass
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from app.core.identity_settings import IdentitySettings

_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """A private bucket of a project of Supabase."""

    url: str
    """Of the project."""
    name: str
    service_role_key: str


class BucketedSettings(IdentitySettings):
    """Where originals of documents are kept: beside what else is kept, unless a bucket is named."""

    supabase_bucket: str | None = Field(default=None, validation_alias="SUPABASE_BUCKET")

    @field_validator("supabase_bucket", mode="before")
    @classmethod
    def _no_bucket(cls, given: object) -> object:
        return None if given == "" else given

    @model_validator(mode="after")
    def _bucket_can_be_asked_for(self) -> Self:
        if self.supabase_bucket is None:
            return self
        if not _BUCKET.fullmatch(self.supabase_bucket):
            raise ValueError(
                "SUPABASE_BUCKET is no name of a bucket: set letters, digits, dots, - and _."
            )
        project = self.supabase
        if project is None:
            raise ValueError("SUPABASE_BUCKET is set, but no project: set SUPABASE_URL.")
        if project.service_role_key is None:
            raise ValueError(
                "SUPABASE_BUCKET is set, but no key that may write to it: set "
                "SUPABASE_SERVICE_ROLE_KEY."
            )
        return self

    @property
    def bucket(self) -> BucketSettings | None:
        """The bucket that originals are put into."""
        project = self.supabase
        if self.supabase_bucket is None or project is None or project.service_role_key is None:
            return None
        return BucketSettings(project.url, self.supabase_bucket, project.service_role_key)
