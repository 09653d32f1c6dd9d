"""What a turn, and what is said in it, may come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.core.privacy import (
    POLICIES,
    EffectivePrivacy,
    PrivacyLayer,
    PrivacyMode,
    PrivacyPolicy,
    strictest,
    tightening,
)
from app.models.profile import Learning, Profile
from app.models.session import Session
from app.models.user import Caller

_PROFILE_POLICIES: Final = {
    Learning.AUTO: PrivacyPolicy(recall=True, learn=True, retain=True),
    Learning.ASK: PrivacyPolicy(recall=True, learn=True, retain=True),
    Learning.OFF: PrivacyPolicy(recall=True, learn=False, retain=True),
}


def effective_privacy(
    session: Session | None,
    profile: Profile,
    *,
    by: Caller | None,
    request: PrivacyMode | None = None,
    message: PrivacyMode | None = None,
) -> EffectivePrivacy:
    """What is permitted when session, profile and all further wishes are obeyed.

    Args:
        session: with its mode; None for one that would be new.
        profile: with what it lets be learnt.
        by: who asks, with what their API key asks for; None where nobody does.
        request: what was asked for this turn alone.
        message: the mode in which the message was said.
    """
    modes = {
        PrivacyLayer.SESSION: session.privacy_mode if session else None,
        PrivacyLayer.REQUEST: request,
        PrivacyLayer.KEY: by.strictest_mode if by else None,
        PrivacyLayer.MESSAGE: message,
    }
    asked = strictest(*modes.values())
    wishes = {layer: POLICIES[mode] for layer, mode in modes.items() if mode is not None}
    wishes[PrivacyLayer.PROFILE] = of_profile = _PROFILE_POLICIES[profile.learning]
    return EffectivePrivacy(asked.mode, asked.policy & of_profile, tightening(wishes))


def no_looser(mode: PrivacyMode, *, by: Caller) -> PrivacyMode:
    """The mode, or the stricter one that the caller's API key asks for."""
    return strictest(mode, by.strictest_mode).mode


def changes_of_mode(changes: Mapping[str, object], *, by: Caller) -> dict[str, object]:
    """Changes of a session, with no looser `privacy_mode` among them."""
    if "privacy_mode" not in changes:
        return dict(changes)
    wish = PrivacyMode(str(changes["privacy_mode"]))
    return {**changes, "privacy_mode": no_looser(wish, by=by)}


@dataclass(frozen=True, slots=True)
class Exposure:
    """Whether a message is an episode at once, and whether only what it holds keeps it from that."""

    searchable: bool
    withheld: bool


def exposure_of(profile: Profile, *, learnable: bool, returns: bool) -> Exposure:
    """What a message may come to: nothing on a profile whose memories are reviewed.

    Args:
        profile: whose message it is.
        learnable: whether memories may come from it.
        returns: whether what it holds may come up again.
    """
    if not learnable or profile.learning is not Learning.AUTO:
        return Exposure(searchable=False, withheld=False)
    return Exposure(searchable=returns, withheld=not returns)
