"""What it takes, inside a transaction, to forget what was said and what is known from it."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.models.document import Document
from app.models.ids import MemoryId, MessageId, ProfileId, SessionId
from app.models.memory import Memory, MemorySource
from app.models.message import Message
from app.models.namespace import Namespace
from app.models.profile import Profile
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
    owe_forgetting(tx, caller)
    tx.sessions.forget_words(first.session_id, titles=[title_from(m.content) for m in messages])
    if any(message.name for message in messages):
        tx.profiles.refresh_speakers(first.profile_id)
    return Erased(counts, (*ids, *(memory.id for memory in memories)))


def forget(tx: Transaction, messages: Sequence[Message], *, caller: Caller) -> Erased:
    """The messages are gone, and no answer that had read them is learnt from or found any more."""
    if not messages:
        return Erased(Counter())
    ids = [message.id for message in messages]
    shown = [*ids, *tx.memories.known_only_from(ids)]
    unlearnt = unlearn_answers(tx, caller, shown=shown) - set(ids)
    return replace(forget_messages(tx, messages, caller=caller), unlearnt=unlearnt)


def empty_session(tx: Transaction, caller: Caller, session_id: SessionId) -> Erased:
    """Nothing is left of what was said in the session, nor of what was known from it alone."""
    tx.sessions.get(session_id, owner=caller.user_id)
    messages = tx.messages.after_seq(session_id, seq=0, limit=_ALL)
    return forget(tx, messages, caller=caller)


def forget_elsewhere(tx: Transaction, caller: Caller, profile: Profile) -> Erased:
    """Other profiles know nothing any more from a profile that is about to go.

    Neither what was said there alone, nor the words that its memories came from elsewhere.
    """
    owner = caller.user_id
    memories = tx.memories.ids_of_profile(profile.id, owner=owner, status=None)
    messages = [
        one
        for session in tx.sessions.ids_of_profile(profile.id)
        for one in tx.messages.ids_of_session(session, owner=owner)
    ]
    known = tx.memories.by_ids(tx.memories.known_only_from(messages), owner=owner)
    abroad = [memory for memory in known if memory.profile_id != profile.id]
    chunks = tx.documents.chunk_ids_of_profile(profile.id, owner=owner)
    ids = [*(memory.id for memory in abroad), *memories, *messages, *chunks]
    moved = from_elsewhere(tx, profile)
    unlearnt = unlearn_sources(tx, caller, moved, shown=ids, but=profile.id)
    return Erased(Counter(memories=_delete_memories(tx, caller, abroad)), ids, unlearnt)


def from_elsewhere(tx: Transaction, profile: Profile) -> Sequence[Memory]:
    """The memories of a profile that came from messages of another one."""
    return tx.memories.by_ids(tx.places.from_elsewhere(profile.id), owner=profile.user_id)


def unlearn_sources(
    tx: Transaction,
    caller: Caller,
    memories: Sequence[Memory],
    *,
    shown: Collection[UUID],
    but: ProfileId | None = None,
) -> set[MessageId]:
    """What the memories came from, on any profile, is neither learnt from nor found any more.

    Nor are answers in the sight of that. What a copy came from stays as it is, as long as the
    profile that it was said on still knows it.

    Args:
        tx: the transaction to do it in.
        caller: their owner.
        memories: about to go.
        shown: what else is going: the answers that were shown one of these follow.
        but: a profile whose answers are about to go.
    """
    wanted = {source for memory in memories for source in memory.source_message_ids}
    sources = {one.id: one for one in tx.messages.by_ids(wanted, owner=caller.user_id)}
    kept = _known_to_originals(tx, memories, sources.values())
    going = {
        source
        for memory in memories
        for source in memory.source_message_ids
        if source in sources
        and not (_is_copy(memory, sources[source]) and (source, memory.content) in kept)
    }
    unlearnt = set(tx.messages.unlearn(going))
    for profile_id in {sources[one].profile_id for one in unlearnt}:
        episodes = [one for one in unlearnt if sources[one].profile_id == profile_id]
        mark(tx, caller, Namespace(caller.user_id, profile_id), episodes=episodes)
    return unlearnt | unlearn_answers(tx, caller, shown={*shown, *going}, but=but)


def _known_to_originals(
    tx: Transaction, memories: Sequence[Memory], sources: Iterable[Message]
) -> set[tuple[MessageId, str]]:
    """Which messages are still known, where they were said, to say what copies of them say."""
    going = {memory.id for memory in memories}
    copies = [memory for memory in memories if memory.source is MemorySource.COPIED]
    if not copies:
        return set()
    contents = [memory.content for memory in copies]
    return {
        (source, one.content)
        for profile_id in {message.profile_id for message in sources}
        for one in tx.memories.with_content(profile_id, contents)
        if one.id not in going
        for source in one.source_message_ids
    }


def _is_copy(memory: Memory, source: Message) -> bool:
    """Whether the memory was made from one that was learnt from this, on another profile."""
    return memory.source is MemorySource.COPIED and source.profile_id != memory.profile_id


def unlearn_answers(
    tx: Transaction, caller: Caller, *, shown: Collection[UUID], but: ProfileId | None = None
) -> set[MessageId]:
    """The answers that were shown one of these; none is learnt from or found any more.

    They are looked for on every profile of the caller, since memories move between them.

    Args:
        tx: the transaction to do it in.
        caller: the owner of all of it.
        shown: memories and messages.
        but: a profile whose answers are about to go.
    """
    profiles = tx.profiles.page(owner=caller.user_id, after=None, limit=_ALL).items
    unlearnt = tx.messages.unlearn_answers(
        [profile.id for profile in profiles if profile.id != but], shown=shown
    )
    for profile_id, answers in unlearnt.items():
        mark(tx, caller, Namespace(caller.user_id, profile_id), episodes=answers)
    return {answer for answers in unlearnt.values() for answer in answers}


def _delete_memories(tx: Transaction, caller: Caller, memories: Sequence[Memory]) -> int:
    for memory in memories:
        mark(tx, caller, memory.namespace, memories=[memory.id])
    return tx.memories.delete([memory.id for memory in memories], owner=caller.user_id)


def owe_wipe(tx: Transaction, caller: Caller, *, files: bool = False) -> None:
    """The bytes of what this transaction deletes leave the database's file soon after it.

    So do the originals of documents, if there may be some.
    """
    for store in (Store.DATABASE, *([Store.FILES] if files else [])):
        tx.wipes.owe(store, user_id=caller.user_id, tenant_id=caller.tenant_id)


def forget_document(tx: Transaction, caller: Caller, document: Document) -> Erased:
    """The document is gone, and the memories that were learnt from answers that read it alone.

    Those answers stay where they were said, and are neither learnt from nor found any more.
    """
    owner = caller.user_id
    chunks = tx.documents.chunk_ids(document.id, owner=owner)
    unlearnt = unlearn_answers(tx, caller, shown=chunks)
    derived = tx.memories.by_ids(tx.memories.known_only_from(unlearnt), owner=owner)
    unlearnt |= unlearn_answers(tx, caller, shown=[memory.id for memory in derived])
    counts = Counter(
        memories=_delete_memories(tx, caller, derived),
        document_chunks=tx.documents.delete(document.id, owner=owner),
        documents=1,
        index_points=len(chunks) + len(derived) + len(unlearnt),
    )
    tx.index_changes.mark(document.namespace, chunks, tenant_id=caller.tenant_id, is_episode=False)
    owe_forgetting(tx, caller, files=True)
    return Erased(counts, (*chunks, *(memory.id for memory in derived)), unlearnt)


def owe_forgetting(tx: Transaction, caller: Caller, *, files: bool = False) -> None:
    """The bytes of what this transaction deletes go soon, and no process goes on telling of it."""
    owe_wipe(tx, caller, files=files)
    tx.erasures.note(caller.user_id, tenant_id=caller.tenant_id)


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
