"""What it takes, inside a transaction, to forget what was said and what is known from it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.models.ids import MemoryId, MessageId, ProfileId, SessionId
from app.models.memory import Memory
from app.models.message import Message
from app.models.namespace import Namespace
from app.models.user import Caller
from app.models.wipe import Store
from app.ports.database import Transaction
from app.services.titles import title_from


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone from the database once its transaction is committed."""

    counts: Counter[str]
    ids: Sequence[UUID] = ()
    """Of messages and memories."""
    unlearnt: Collection[MessageId] = ()
    """Messages that stay, and are neither learnt from nor found any more."""


def forget_messages(tx: Transaction, messages: Sequence[Message], *, caller: Caller) -> Erased:
    """The messages are gone, and the memories that came from them alone, copies too.

    Args:
        tx: the transaction to do it in.
        messages: of one session, and the caller's.
        caller: their owner.
    """
    if not messages:
        return Erased(Counter())
    ids = [message.id for message in messages]
    first = messages[0]
    memories = tx.memories.by_ids(tx.memories.known_only_from(ids), owner=caller.user_id)
    counts = Counter(
        memories=_delete_memories(tx, caller, memories),
        index_points=len(memories) + sum(message.searchable for message in messages),
        chat_messages=tx.messages.delete(ids, owner=caller.user_id),
    )
    mark(tx, caller, Namespace(caller.user_id, first.profile_id), episodes=ids)
    owe_wipe(tx, caller)
    tx.sessions.forget_words(first.session_id, titles=[title_from(m.content) for m in messages])
    if any(message.name for message in messages):
        tx.profiles.refresh_speakers(first.profile_id)
    return Erased(counts, (*ids, *(memory.id for memory in memories)))


def forget(tx: Transaction, messages: Sequence[Message], *, caller: Caller) -> Erased:
    """The messages are gone, and no answer that had read them is learnt from or found any more."""
    if not messages:
        return Erased(Counter())
    ids = [message.id for message in messages]
    memories = tx.memories.by_ids(tx.memories.known_only_from(ids), owner=caller.user_id)
    profiles = {one.profile_id for one in messages} | {one.profile_id for one in memories}
    shown = [*ids, *(memory.id for memory in memories)]
    unlearnt = _unlearn_answers(tx, caller, profiles, shown=shown) - set(ids)
    return replace(forget_messages(tx, messages, caller=caller), unlearnt=unlearnt)


def empty_session(tx: Transaction, caller: Caller, session_id: SessionId) -> Erased:
    """Nothing is left of what was said in the session, nor of what was known from it alone."""
    tx.sessions.get(session_id, owner=caller.user_id)
    messages = tx.messages.after_seq(session_id, seq=0, limit=_ALL)
    return forget(tx, messages, caller=caller)


def forget_copies(
    tx: Transaction, caller: Caller, sessions: Sequence[SessionId], *, of: ProfileId
) -> Erased:
    """Other profiles know nothing any more from these sessions of a profile alone."""
    messages = [
        one for each in sessions for one in tx.messages.ids_of_session(each, owner=caller.user_id)
    ]
    known = tx.memories.by_ids(tx.memories.known_only_from(messages), owner=caller.user_id)
    copies = [memory for memory in known if memory.profile_id != of]
    ids = [memory.id for memory in copies]
    unlearnt = _unlearn_answers(tx, caller, {one.profile_id for one in copies}, shown=ids)
    return Erased(Counter(memories=_delete_memories(tx, caller, copies)), ids, unlearnt)


def _unlearn_answers(
    tx: Transaction, caller: Caller, profiles: Collection[ProfileId], *, shown: Collection[UUID]
) -> set[MessageId]:
    """Answers in these profiles that were shown one of these; none is learnt from or found now."""
    found: set[MessageId] = set()
    for profile_id in profiles:
        unlearnt = tx.messages.unlearn_answers(profile_id, shown=shown)
        mark(tx, caller, Namespace(caller.user_id, profile_id), episodes=unlearnt)
        found.update(unlearnt)
    return found


def _delete_memories(tx: Transaction, caller: Caller, memories: Sequence[Memory]) -> int:
    for memory in memories:
        mark(tx, caller, memory.namespace, memories=[memory.id])
    return tx.memories.delete([memory.id for memory in memories], owner=caller.user_id)


def owe_wipe(tx: Transaction, caller: Caller) -> None:
    """The bytes of what this transaction deletes leave the database's file soon after it."""
    tx.wipes.owe(Store.DATABASE, user_id=caller.user_id, tenant_id=caller.tenant_id)


def mark(
    tx: Transaction,
    caller: Caller,
    namespace: Namespace,
    *,
    memories: Sequence[MemoryId] = (),
    episodes: Sequence[MessageId] = (),
) -> None:
    """The index will follow what became of these."""
    for ids, is_episode in ((memories, False), (episodes, True)):
        tx.index_changes.mark(namespace, ids, tenant_id=caller.tenant_id, is_episode=is_episode)


_ALL = 100_000
