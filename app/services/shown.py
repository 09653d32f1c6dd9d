"""What an extractor was shown, and whether it is still so when its findings are written."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.models.ids import UserId
from app.models.memory import Memory
from app.models.message import Message
from app.ports.database import Transaction


class ShownChanged(Exception):
    """Something that an extractor was shown is gone, or says something else by now."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What an extractor was shown: whatever it found may come from any of it."""

    messages: Sequence[Message]
    """To learn from, and before those."""
    memories: Sequence[Memory]


def require_unchanged(tx: Transaction, shown: Shown, *, owner: UserId) -> None:
    """All that was shown is where it was, says the same, and may still be learnt from.

    Raises:
        ShownChanged: it is not so.
    """
    found = tx.memories.by_ids([memory.id for memory in shown.memories], owner=owner)
    now = {memory.id: (memory.profile_id, memory.updated_at) for memory in found}
    if any(now.get(one.id) != (one.profile_id, one.updated_at) for one in shown.memories):
        raise ShownChanged
    if tx.messages.unlearnable([message.id for message in shown.messages], owner=owner):
        raise ShownChanged
