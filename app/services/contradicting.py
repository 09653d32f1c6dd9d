"""What can hold only once, where memories of two profiles come together."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from app.models.ids import MemoryId, ProfileId
from app.models.memory import Memory
from app.ports.database import Transaction
from app.services.superseding import Author, end, end_of, last_said


def let_the_latest_hold(
    tx: Transaction, profile_id: ProfileId, slots: Iterable[str], *, author: Author
) -> Sequence[MemoryId]:
    """The memories that hold no longer: of each slot that is claimed twice, all but the last said.

    Args:
        tx: the transaction to do it in.
        profile_id: where all of them are.
        slots: those that are looked at.
        author: of the change.
    """
    return [
        ended
        for slot in sorted(set(slots))
        for ended in _settle(tx, tx.memories.in_slot(profile_id, slot), author=author)
    ]


def _settle(tx: Transaction, claims: Sequence[Memory], *, author: Author) -> Sequence[MemoryId]:
    if len(claims) < 2:
        return ()
    said = {memory.id: last_said(tx, memory) for memory in claims}
    last = max(claims, key=lambda memory: (said[memory.id], memory.said_at, memory.id))
    return [
        end(tx, one, by=last, when=_ended(one, by=last, said=said), author=author)
        for one in claims
        if one.id != last.id
    ]


def _ended(one: Memory, *, by: Memory, said: Mapping[MemoryId, datetime]) -> datetime:
    """When the one was contradicted: by the first word of the other, unless it was confirmed since."""
    at = by.said_at if by.said_at >= said[one.id] else said[by.id]
    return end_of(one, by.valid_from, at)
