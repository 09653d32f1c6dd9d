from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Intent:
    """What a client wants done once, however often it asks: keyed hashes, and no word of it."""

    digest: str
    """Of who asks, and of the key that they gave it."""
    fingerprint: str
    """Of what is asked, and where."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an intent has come to: the ids of what was made, from which an answer is told again."""

    fingerprint: str
    made: Sequence[UUID]
    is_done: bool
    """False while, or since, something asked has no answer."""
