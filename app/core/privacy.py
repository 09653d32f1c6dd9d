"""What each privacy mode permits. No other module decides anything by a mode's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Final


class PrivacyMode(StrEnum):
    """The user's choice for a session, or for one turn of it."""

    NORMAL = "normal"
    PAUSE_MEMORIES = "pause_memories"
    INCOGNITO = "incognito"


@dataclass(frozen=True, slots=True)
class PrivacyPolicy:
    """What a turn may read from memory, add to it, and leave behind."""

    recall: bool
    learn: bool
    retain: bool

    def __and__(self, other: "PrivacyPolicy") -> "PrivacyPolicy":
        """The stricter of the two in every respect: a layer can tighten, never loosen."""
        return PrivacyPolicy(
            recall=self.recall and other.recall,
            learn=self.learn and other.learn,
            retain=self.retain and other.retain,
        )


POLICIES: Final[Mapping[PrivacyMode, PrivacyPolicy]] = {
    PrivacyMode.NORMAL: PrivacyPolicy(recall=True, learn=True, retain=True),
    PrivacyMode.PAUSE_MEMORIES: PrivacyPolicy(recall=True, learn=False, retain=True),
    PrivacyMode.INCOGNITO: PrivacyPolicy(recall=False, learn=False, retain=False),
}

PROVIDER_NOTE: Final = "The provider of the model still sees the prompt."
PROFILE_NOTE: Final = "A profile whose learning is off learns nothing, whatever the mode. "

NOTES: Final[Mapping[PrivacyMode, str]] = {
    PrivacyMode.NORMAL: (
        "Memories are read and learnt, and the conversation is kept until you delete it. "
        + PROFILE_NOTE
        + PROVIDER_NOTE
    ),
    PrivacyMode.PAUSE_MEMORIES: (
        "Memories are read; nothing said here is ever learnt. The conversation is kept until you "
        "delete it. " + PROVIDER_NOTE
    ),
    PrivacyMode.INCOGNITO: (
        "No memory is read or learnt, and nothing that is said in this mode is kept: it lives in "
        "this server's memory for a limited time, and is gone when the session ends, changes its "
        "mode or expires, or the server restarts. What was said here before, in another mode, stays "
        "as it was, the title included, until you delete it. " + PROVIDER_NOTE
    ),
}


class PrivacyLayer(StrEnum):
    """Who can make a turn stricter."""

    SESSION = "session"
    REQUEST = "request"
    KEY = "key"
    """The API key that was called with."""
    PROFILE = "profile"
    MESSAGE = "message"
    """The message that is answered anew: it was said under a mode of its own."""


@dataclass(frozen=True, slots=True)
class EffectivePrivacy:
    """The mode that a turn runs under, what it permits, and who saw to that."""

    mode: PrivacyMode
    policy: PrivacyPolicy
    tightened_by: tuple[PrivacyLayer, ...] = ()
    """Each layer that permits less than everything."""


def strictest(*modes: PrivacyMode | None) -> EffectivePrivacy:
    """The mode that permits least among `modes`; None asks for nothing, no mode at all is normal.

    The policy is the conjunction of all of them, so it permits no more than any single one.
    """
    given = [mode for mode in modes if mode is not None]
    policy = reduce(PrivacyPolicy.__and__, (POLICIES[mode] for mode in given), _UNRESTRICTED)
    mode = next(name for name in PrivacyMode if POLICIES[name] == policy)
    return EffectivePrivacy(mode=mode, policy=policy)


def tightening(wishes: Mapping[PrivacyLayer, PrivacyPolicy]) -> tuple[PrivacyLayer, ...]:
    """The layers that permit less than everything, in the order in which they are declared."""
    return tuple(one for one in PrivacyLayer if wishes.get(one, _UNRESTRICTED) != _UNRESTRICTED)


_UNRESTRICTED: Final = POLICIES[PrivacyMode.NORMAL]
