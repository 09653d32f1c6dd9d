"""Messages that say what holds no longer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.models.ids import MessageId, UserId
from app.models.memory import MemoryKind, MemoryStatus, Recalled
from app.ports.database import Transaction


def without_stale(
    tx: Transaction, found: Sequence[Recalled], *, owner: UserId
) -> Sequence[Recalled]:
    """What was found, without messages that have been superseded whole; others say what of them was.

    A message is superseded when everything that was learnt from it is, and an answer when anything
    that it was given is, since it may repeat that.

    Args:
        tx: the transaction to read in.
        found: in any order, which is kept.
        owner: of all of it.
    """
    episodes = [one for one in found if one.kind is MemoryKind.EPISODE]
    ended, whole = _ended(tx, [source for one in episodes for source in one.source_message_ids])
    given = {memory for one in episodes for memory in one.was_given}
    over = {
        memory.id
        for memory in tx.memories.by_ids(given, owner=owner)
        if memory.status is MemoryStatus.SUPERSEDED
    }
    return [
        replace(one, ended=tuple(ended.get(MessageId(one.id), ())))
        if one.kind is MemoryKind.EPISODE
        else one
        for one in found
        if not (one.id in whole or over.intersection(one.was_given))
    ]


def _ended(
    tx: Transaction, messages: Sequence[MessageId]
) -> tuple[Mapping[MessageId, Sequence[str]], set[MessageId]]:
    """What of the messages holds no longer, and the messages of which nothing else was learnt."""
    ended: dict[MessageId, list[str]] = defaultdict(list)
    holds: set[MessageId] = set()
    for message, status, content in tx.memories.outcomes(messages):
        if status is MemoryStatus.SUPERSEDED:
            ended[message].append(content)
        elif status is MemoryStatus.ACTIVE:
            holds.add(message)
    return ended, ended.keys() - holds
