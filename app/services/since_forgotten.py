"""Answers that were under way while something was forgotten that they had been given to read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.privacy import POLICIES
from app.models.ids import ChunkId, MemoryId, MessageId
from app.models.memory import REMEMBERED_KINDS, MemoryKind, Recalled
from app.models.message import Message, Role
from app.ports.database import Transaction
from app.services.repeating import repeats


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer was written from."""

    history: Sequence[Message]
    recalled: Sequence[Recalled]
    question: Message


def marked(tx: Transaction, answer: Message, read: Read) -> Message:
    """The answer, marked if it repeats what is gone by now, and the user had not said just so.

    An answer that may be learnt from was found to have read nothing that is gone.

    Args:
        tx: the transaction to look in.
        answer: about to be written down.
        read: as it was when the model was asked.
    """
    if answer.learnable or not POLICIES[answer.privacy_mode].retain:
        return answer
    ids = {message.id for message in read.history}
    left = {one.id: one for one in tx.messages.by_ids(ids, owner=answer.user_id)}
    gone = [
        *_gone_from_history(read.history, left={k for k, m in left.items() if _is_told(m)}),
        *_gone_from_memory(tx, answer, read.recalled),
    ]
    if not gone:
        return answer
    said = [one.content for one in (*left.values(), read.question) if one.role is Role.USER]
    return replace(answer, repeats_forgotten=repeats(answer.content, forgotten=gone, said=said))


def _is_told(message: Message) -> bool:
    return not message.repeats_forgotten


def _gone_from_history(history: Sequence[Message], *, left: set[MessageId]) -> Iterator[str]:
    for message in history:
        if _is_told(message) and message.id not in left:
            yield message.content


def _gone_from_memory(
    tx: Transaction, answer: Message, recalled: Sequence[Recalled]
) -> Iterator[str]:
    said = {one.id: one for one in recalled if one.kind is MemoryKind.EPISODE}
    known = {one.id: one for one in recalled if one.kind in REMEMBERED_KINDS}
    quoted = {one.id: one for one in recalled if one.kind is MemoryKind.DOCUMENT}
    owner = answer.user_id
    for message in tx.messages.by_ids(map(MessageId, said), owner=owner):
        if message.searchable:
            del said[MemoryId(message.id)]
    for memory in tx.memories.by_ids(known, owner=owner):
        del known[memory.id]
    for chunk in tx.documents.chunks_by_ids(map(ChunkId, quoted), owner=owner):
        del quoted[MemoryId(chunk.id)]
    yield from (one.content for one in (*said.values(), *known.values(), *quoted.values()))
