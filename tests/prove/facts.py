"""What a promise remembers of what was said: policies, sessions, messages and words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Policy:
    """What a turn may read from memory, add to it, and leave behind."""

    recall: bool
    learn: bool
    retain: bool


NORMAL: Final = Policy(recall=True, learn=True, retain=True)
PAUSED: Final = Policy(recall=True, learn=False, retain=True)
INCOGNITO: Final = Policy(recall=False, learn=False, retain=False)
POLICIES: Final[Mapping[str, Policy]] = {
    "normal": NORMAL,
    "pause_memories": PAUSED,
    "incognito": INCOGNITO,
}


@dataclass(slots=True)
class Session:
    """A conversation."""

    profile: str
    mode: str
    reads: frozenset[str] = frozenset()
    title: str | None = None
    """The word in a title that somebody gave it."""
    private_title: str | None = None
    """The word in one that was given in incognito; the other one still stands behind it."""


@dataclass(slots=True)
class Message:
    """What was said at once: its own word, and those that it repeats."""

    session: str
    kept: bool
    learn: bool
    words: frozenset[str]
    is_answer: bool


@dataclass(slots=True)
class Word:
    """What became of a word."""

    kept: bool
    """Whether it may be written down at all."""
    was_learnable: bool
    origin: str
    is_from_elsewhere: bool = False
    """Whether it is not learnable because of what was read on another profile."""
    learnt_on: set[str] = field(default_factory=set)
    """Profiles that may know it, or learn it yet."""
    found_on: set[str] = field(default_factory=set)
    """Profiles on which a search may find it."""
    notes: dict[str, str] = field(default_factory=dict)
    """Memories that hold it by somebody's hand, with their profiles."""


def strictest(policies: Iterable[Policy]) -> Policy:
    """What all of the policies permit."""
    some = list(policies)
    return Policy(
        recall=all(one.recall for one in some),
        learn=all(one.learn for one in some),
        retain=all(one.retain for one in some),
    )


def hides(place: Session) -> bool:
    """Whether what is said in the session is private unless told otherwise."""
    return not POLICIES[place.mode].retain


def described(policy: Policy) -> str:
    """The policy in a word, for a report."""
    if not policy.retain:
        return "incognito"
    return "learnable" if policy.learn else "paused"
