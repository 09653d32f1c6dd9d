"""Settings of encryption at rest, and how keys are written."""

import base64
import binascii
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

KEY_BYTES = 32


class EncryptionSettings(BaseModel):
    """The key that wraps the keys of users: by value or in a file; without it words stand in clear."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    master_key: SecretStr | None = Field(default=None)
    master_key_file: Path | None = Field(default=None)

    @field_validator("master_key", "master_key_file", mode="before")
    @classmethod
    def _empty_is_unset(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("master_key")
    @classmethod
    def _holds_keys(cls, given: SecretStr | None) -> SecretStr | None:
        if given:
            keys_in(given.get_secret_value())
        return given

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Self:
        if self.master_key and self.master_key_file:
            raise ValueError("both the key and a file with it are set: set one of them")
        return self


def keys_in(text: str) -> tuple[bytes, ...]:
    """The keys of a text, which holds one or several in base64, by comma, space or line.

    Raises:
        ValueError: there is none, or one that is no base64 of 32 bytes.
    """
    keys = []
    for written in text.replace(",", " ").split():
        try:
            key = base64.b64decode(written, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise ValueError(
                "a key is 32 random bytes in base64: openssl rand -base64 32 makes one"
            )
        keys.append(key)
    if not keys:
        raise ValueError("there is no key: openssl rand -base64 32 makes one")
    return tuple(keys)
