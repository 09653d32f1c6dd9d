from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.models.ids import MemoryId, ProfileId, UserId
from app.models.memory import MemoryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """How many rows belong to another profile now."""

    sessions: int
    messages: int
    memories: int
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a memory says, and when and whether it holds: enough to compare it with others."""

    id: MemoryId
    content: str
    status: MemoryStatus
    slot: str | None
    valid_from: datetime | None
    valid_until: datetime | None
    replaces: bool
    """Whether something ceases to hold when it is approved."""


class PlaceRepository(Protocol):
    """Which profile things belong to: how they change it, and who else reads it.

    Every profile that is named is the owner's: whoever calls has looked.
    """

    def from_elsewhere(self, profile_id: ProfileId) -> Sequence[MemoryId]:
        """The memories of a profile that have a source on another one: copied, or moved there."""
        ...

    def outlines(self, profile_id: ProfileId, *, owner: UserId) -> Sequence[Outline]:
        """All memories of a profile, the oldest first."""
        ...

    def links(self, profile_id: ProfileId, *, owner: UserId) -> Iterable[tuple[MemoryId, MemoryId]]:
        """Pairs of a profile's memories and what took their place, or would once it is approved."""
        ...

    def move_memories(self, ids: Iterable[MemoryId], *, owner: UserId, to: ProfileId) -> int:
        """How many of the memories were the owner's; they are the profile's, else unchanged."""
        ...

    def unite(self, twins: Mapping[MemoryId, MemoryId], *, owner: UserId) -> int:
        """How many of the keys are gone; what they came from, and who named them, is the values' now.

        Args:
            twins: memories that say the same as another one; no value is a key.
            owner: of both; pairs with somebody else's stay as they are.
        """
        ...

    def is_answering(self, profile_id: ProfileId, *, now: datetime) -> bool:
        """Whether a run holds a session of the profile."""
        ...

    def merge(self, source: ProfileId, *, into: ProfileId, owner: UserId) -> Moved:
        """Everything of the one profile is the other's; it has nothing left but its name.

        Learning that is under way on either is begun anew, in its order. Who read the one reads
        the other.
        """
        ...
