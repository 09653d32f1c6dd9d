"""What an API key must permit for an operation. A login may do everything."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from app.core.key_errors import KeyBound, LoginRequired, MissingScope
from app.core.privacy import PrivacyPolicy, strictest
from app.models.api_key import KeyGrant, Scope
from app.models.ids import ApiKeyId
from app.models.profile import Profile
from app.models.user import Caller

LOGIN: Final = "login"
"""Asked of a caller where no key will do, whatever its scopes."""
UNBOUND: Final = "unbound"
"""Asked where the whole account is concerned: a key that is bound to one profile will not do."""


def require(caller: Caller, needed: Collection[str]) -> None:
    """Returns when the caller may do what needs these scopes, LOGIN or UNBOUND.

    Raises:
        KeyForbids: as `permit` has it.
    """
    permit(caller.grant, needed)


def permit(grant: KeyGrant | None, needed: Collection[str]) -> None:
    """Returns when the grant is enough for what needs these; None is a login's, and always is.

    Raises:
        LoginRequired: only a login may.
        MissingScope: the key lacks one.
        KeyBound: the key is bound to one profile.
    """
    if grant is None:
        return
    if LOGIN in needed:
        raise LoginRequired
    if missing := set(needed) - grant.scopes - {UNBOUND}:
        raise MissingScope(missing)
    if UNBOUND in needed and grant.profile_id is not None:
        raise KeyBound


def policy_of(caller: Caller) -> PrivacyPolicy:
    """What may be done with memories outside of turns: everything, but for a key with a mode."""
    return strictest(caller.strictest_mode).policy


def bound_to(caller: Caller, profile: Profile) -> Caller:
    """The caller, who reaches nothing but this profile."""
    grant = caller.grant or KeyGrant(
        key_id=ApiKeyId(caller.login_id),
        scopes=frozenset(Scope),
        profile_id=None,
        privacy_mode=None,
        requests_per_minute=None,
    )
    return replace(caller, grant=replace(grant, profile_id=profile.id))
