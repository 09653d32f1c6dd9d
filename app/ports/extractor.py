from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Protocol

from app.models.ids import MemoryId, MessageId
from app.models.memory import Memory, MemoryKind
from app.models.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A memory that a conversation yields, before it is compared with what is known."""

    kind: MemoryKind
    content: str
    """A sentence that can be understood by itself, 1–1,000 characters."""
    importance: float
    confidence: float
    source_message_ids: tuple[MessageId, ...]
    """The messages that say it; never empty, and always among those that were given as new."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    slot: str | None = None
    """What can hold only once of one subject, such as `User|residence`: a later statement ends an
    earlier one of the same slot. None for what may hold beside others of its kind."""
    replaces: tuple[MemoryId, ...] = ()
    """Known memories that hold no longer, now that this is said."""
    ends: bool = False
    """Whether it says that `content` holds no longer; nothing is added then. `valid_from` is since
    when. With a slot, whatever claims that slot and names `names` has ended, however worded."""
    names: str = ""
    """Words that a memory must hold to be ended by its slot; the empty one is held by all."""


class Extractor(Protocol):
    """Messages to memories."""

    async def extract(
        self,
        new: Sequence[Message],
        *,
        context: Sequence[Message],
        known: Sequence[Memory],
        zone: tzinfo = UTC,
    ) -> Sequence[Extracted]:
        """What the new messages say about the user, in their order; empty when nothing.

        Args:
            new: learnable messages of one session, oldest first.
            context: messages before them, to understand them by; nothing is taken from these.
            known: memories that the new messages may repeat, correct or end.
            zone: where the speakers are, to understand "yesterday" by.

        Raises:
            ExtractionMalformed: the answer could not be read, also after one repair.
            ModelRefused: a dead letter; trying again will not help.
            ModelUnavailable: try again later.
        """
        ...
