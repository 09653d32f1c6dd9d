"""Entity tags: what tells one version of a thing from another, without a word of it."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Final

from app.core.errors import PreconditionFailed
from app.models.memory import Memory
from app.models.profile import Profile
from app.models.session import Session
from app.services.session_views import SessionView

Versioned = Memory | Profile | SessionView

_WORDS: Final = frozenset(
    {"content", "slot", "name", "description", "persona", "speakers", "title", "summary"}
)
"""Fields that are told of by the time of their change, and by whether they are there, alone."""
_TAG_CHARS: Final = 32


def tag_of(thing: Versioned) -> str:
    """A strong entity tag (RFC 9110), without its quotes: another one after every change that shows."""
    told = _told(thing.session) if isinstance(thing, SessionView) else _told(thing)
    if isinstance(thing, SessionView):
        told = [*told, thing.message_count, thing.title is None]
    return sha256(repr(told).encode()).hexdigest()[:_TAG_CHARS]


@dataclass(frozen=True, slots=True)
class Expected:
    """The versions that somebody is ready to change; None for whichever is there."""

    tags: Collection[str] | None = None

    def require(self, thing: Versioned) -> None:
        """Returns when the thing is one of these versions.

        To be asked in the transaction that changes it, so that nobody comes in between.

        Raises:
            PreconditionFailed: it is not.
        """
        if self.tags is not None and tag_of(thing) not in self.tags:
            raise PreconditionFailed


ANY_VERSION: Final = Expected()


def _told(thing: Memory | Profile | Session) -> list[object]:
    named = [(one.name, getattr(thing, one.name)) for one in fields(thing)]
    return [value is None if name in _WORDS else _plain(value) for name, value in named]


def _plain(value: object) -> object:
    """What is in no order, in one."""
    return sorted(map(str, value)) if isinstance(value, tuple) else str(value)
