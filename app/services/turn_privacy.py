"""What a turn, and what is said in it, may come to."""

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
from app.services.discretion import may_return

_PROFILE_POLICIES: Final = {
    Learning.AUTO: PrivacyPolicy(recall=True, learn=True, retain=True),
    Learning.ASK: PrivacyPolicy(recall=True, learn=True, retain=True),
    Learning.OFF: PrivacyPolicy(recall=True, learn=False, retain=True),
}


def effective_privacy(
    session: Session,
    profile: Profile,
    *,
    request: PrivacyMode | None = None,
    message: PrivacyMode | None = None,
) -> EffectivePrivacy:
    """What is permitted when session, profile and all further wishes are obeyed.

    Args:
        session: with its mode.
        profile: with what it lets be learnt.
        request: what was asked for this turn alone.
        message: the mode in which the message was said.
    """
    modes = {
        PrivacyLayer.SESSION: session.privacy_mode,
        PrivacyLayer.REQUEST: request,
        PrivacyLayer.MESSAGE: message,
    }
    asked = strictest(*modes.values())
    wishes = {layer: POLICIES[mode] for layer, mode in modes.items() if mode is not None}
    wishes[PrivacyLayer.PROFILE] = of_profile = _PROFILE_POLICIES[profile.learning]
    return EffectivePrivacy(asked.mode, asked.policy & of_profile, tightening(wishes))


def may_be_found(profile: Profile, content: str, *, learnable: bool) -> bool:
    """Whether a message is an episode at once: not on a profile whose memories are reviewed."""
    return _is_episode(profile, learnable=learnable) and may_return(profile, content)


def is_withheld(profile: Profile, content: str, *, learnable: bool) -> bool:
    """Whether a message would be an episode but for what it holds."""
    return _is_episode(profile, learnable=learnable) and not may_return(profile, content)


def _is_episode(profile: Profile, *, learnable: bool) -> bool:
    return learnable and profile.learning is Learning.AUTO
