from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.models.user import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a token of another issuer proves."""

    issuer: str
    subject: str
    """What the issuer calls the person: never used again for somebody else."""
    tenant: str
    """The name of the tenant whose people the issuer knows."""
    login_id: UUID
    """Of the session at the issuer: the same in every token of that session."""
    signed_in_at: datetime
    """When the person gave a password or the like, as far as the token tells; in whole seconds."""
    email: str | None
    is_email_proved: bool
    """Whether the issuer has verified the address, and is trusted to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known here of a person whom an issuer knows: nothing, by default."""

    caller: Caller | None = None
    """None when the person has no account."""
    barred_until: datetime | None = None
    """When the person's last account was erased: no sign-in before it holds any more."""
    is_erasure_owed: bool = False
    """Whether that account has still to be erased at the issuer."""
    has_login_ended: bool = False


@dataclass(frozen=True, slots=True)
class OwedErasure:
    """An account at an issuer that has still to be erased there."""

    digest: str
    subject: str


class AccountElsewhere(StrEnum):
    """What became of an erased account's counterpart at the issuer that it signed in with."""

    NONE = "none"
    """It signed in here only."""
    KEPT = "kept"
    """It is its owner's to delete there, as at Google: this server has no right to."""
    ERASED = "erased"
    PENDING = "pending"
    """The issuer does not answer: it is asked again until it has."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a sign-in service gave for a password."""

    access_token: str
    refresh_token: str
    expires_in_s: int
