import string
from datetime import datetime
from typing import Final
from uuid import uuid4

from app.models.ids import ProfileId, TenantId, UserId, new_id
from app.models.profile import Learning, Profile
from app.models.user import User, UserRole
from app.ports.database import Transaction

FIRST_PROFILE_NAME: Final = "personal"
_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def normalise_email(email: str) -> str:
    """The address as it is compared: nobody has two accounts that differ in the case of A to Z only.

    Other letters stay as they are: the Kelvin sign is no k, however its lower case looks.
    """
    return email.strip(string.whitespace).translate(_LOWER)


def loose_email(email: str) -> str:
    """The address as it was compared and stored once, and as tries to sign in are counted.

    It makes one of addresses that may be of several people, so it proves nothing.
    """
    return email.strip().casefold()


def account_of(
    tx: Transaction, email: str, *, tenant_id: TenantId
) -> tuple[User, str | None] | None:
    """The account that somebody means by an address, with its password hash; None for none.

    Nothing proves that the address is theirs: their password has to.
    """
    written = dict.fromkeys((normalise_email(email), loose_email(email)))
    found = (tx.users.credentials(one, tenant_id=tenant_id) for one in written)
    return next((one for one in found if one is not None), None)


def first_profile(user: User, *, at: datetime) -> Profile:
    """The memory profile that an account begins with."""
    return Profile(
        id=ProfileId(new_id()),
        user_id=user.id,
        name=FIRST_PROFILE_NAME,
        description=None,
        is_default=True,
        persona=None,
        learning=Learning.AUTO,
        speakers=(),
        created_at=at,
        updated_at=at,
    )


def open_account(
    tx: Transaction,
    *,
    tenant_id: TenantId,
    email: str | None,
    is_email_proved: bool,
    display_name: str | None,
    at: datetime,
) -> User:
    """The new account of somebody who signs in elsewhere, with its first profile.

    It is without its address when there is none, or another account of the tenant has it.

    Raises:
        EmailTaken: another account has taken the address at the same time.
    """
    address = normalise_email(email) if email else None
    if address and tx.users.credentials(address, tenant_id=tenant_id):
        address = None
    user = User(
        id=UserId(new_id()),
        tenant_id=tenant_id,
        email=address or f"{uuid4().hex}@no-address.invalid",
        email_verified=address is not None and is_email_proved,
        display_name=display_name,
        role=UserRole.USER,
        plan=tx.tenants.plan_of(tenant_id),
        created_at=at,
        updated_at=at,
    )
    tx.users.add(user, password_hash=None)
    tx.profiles.add(first_profile(user, at=at), tenant_id=tenant_id)
    return user
