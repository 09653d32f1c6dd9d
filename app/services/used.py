from collections.abc import Sequence

from app.models.memory import Recalled
from app.models.message import MemoryUse, Message
from app.ports.database import Transaction
from app.services.found_words import recallable, recalled


def uses_of(memories: Sequence[Recalled]) -> tuple[MemoryUse, ...]:
    """What an answer keeps of the memories that it was given: no words."""
    return tuple(MemoryUse(one.id, one.kind, one.score, one.terms) for one in memories)


def used_by(tx: Transaction, message: Message) -> Sequence[Recalled]:
    """The memories that an answer was given, as far as they still exist, with their words.

    On whichever profile of the owner they are by now, if the caller reaches it: it may have read
    several, and they move.
    """
    points = [(use.id, use.kind) for use in message.memories_used]
    if not points:
        return ()
    words = recallable(tx, message.user_id, points)
    return [
        recalled(words[use.id], score=use.score, terms=use.terms)
        for use in message.memories_used
        if use.id in words and tx.within in {None, words[use.id].profile_id}
    ]
