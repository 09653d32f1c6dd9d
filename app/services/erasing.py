"""What it takes, inside a transaction, to forget what was said and what is known from it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from app.models.actor import OneUser
from app.models.document import Document
from app.models.ids import ChunkId, MemoryId, MessageId, ProfileId, SessionId
from app.models.memory import Memory, MemorySource
from app.models.message import Message
from app.models.namespace import Namespace
from app.models.profile import Profile
from app.models.user import Caller
from app.models.wipe import Store
from app.ports.database import Transaction
from app.services.consequences import (
    Consequences,
    Going,
    by_session,
    consequences,
    falling_with,
    mark_quoting,
)
from app.services.own_profiles import profiles_of
from app.services.titles import title_from


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone from the database once its transaction is committed."""

    counts: Counter[str]
    ids: Sequence[UUID] = ()
    """Of messages and memories."""
    unlearnt: Collection[MessageId] = ()
    """Messages that stay, and are neither learnt from nor found any more."""
    quoting: Sequence[MessageId] = ()
    """Answers that stay, and repeat what is gone; no model is told of them any more."""
    is_in_files: bool = True
    """Whether files may still hold some of what is gone."""


def forget(tx: Transaction, caller: Caller, going: Going, *, quotes: bool = False) -> Erased:
    """It is gone, with the memories that nothing else says.

    What had read it is neither learnt from nor found any more, and no model is told of an answer
    that repeats it.

    Args:
        tx: the transaction to do it in.
        caller: the owner of all of it.
        going: what to forget.
        quotes: whether the answers that repeat it are gone as well.
    """
    owner = caller.user_id
    found = consequences(tx, going, owner=owner)
    if quotes:
        # Their own words are not forgotten: what shares only those with them repeats nothing.
        going = replace(going, messages={*going.messages, *(one.id for one in found.quoting)})
        found = replace(found, quoting=())
    messages = tx.messages.by_ids(going.messages, owner=owner)
    memories = tx.memories.by_ids(going.memories, owner=owner)
    erased = let_go_of(tx, caller, going, found)
    deleted = _delete(tx, caller, messages, [*memories, *found.falling])
    return replace(
        deleted,
        unlearnt=erased.unlearnt,
        quoting=erased.quoting,
        is_in_files=bool(messages or memories or found.falling),
    )


def forget_elsewhere(tx: Transaction, caller: Caller, profile: Profile) -> Erased:
    """Other profiles know nothing any more from a profile that is about to go.

    Neither what was said there alone, nor the words that its memories came from elsewhere.
    """
    owner = caller.user_id
    moved = tx.memories.by_ids(tx.places.from_elsewhere(profile.id), owner=owner)
    going = Going(
        messages=[
            one
            for session in tx.sessions.ids_of_profile(profile.id)
            for one in tx.messages.ids_of_session(session, owner=owner)
        ],
        memories=tx.memories.ids_of_profile(profile.id, owner=owner, status=None),
        unlearnt=sources_to_hide(tx, caller, moved),
        further=_words_of(tx, caller, tx.documents.chunk_ids_of_profile(profile.id, owner=owner)),
    )
    found = consequences(tx, going, owner=owner)
    erased = let_go_of(tx, caller, going, found)
    deleted = _delete(tx, caller, (), found.falling)
    ids = [*deleted.ids, *going.ids()]
    return replace(deleted, ids=ids, unlearnt=erased.unlearnt, quoting=erased.quoting)


def sources_to_hide(
    tx: Transaction, caller: OneUser, memories: Sequence[Memory]
) -> Collection[MessageId]:
    """What the memories came from, on any profile.

    Without what a copy came from, as long as the profile that it was said on still knows it.

    Args:
        tx: the transaction to look in.
        caller: their owner.
        memories: about to go.
    """
    wanted = {source for memory in memories for source in memory.source_message_ids}
    sources = {one.id: one for one in tx.messages.by_ids(wanted, owner=caller.user_id)}
    kept = _known_to_originals(tx, memories, sources.values())
    return {
        source
        for memory in memories
        for source in memory.source_message_ids
        if source in sources
        and not (_is_copy(memory, sources[source]) and (source, memory.content) in kept)
    }


def unlearn(tx: Transaction, caller: OneUser, ids: Iterable[MessageId]) -> set[MessageId]:
    """Those of the messages that were learnable; they are neither learnt from nor found any more."""
    unlearnt = set(tx.messages.unlearn(ids))
    _mark_episodes(tx, caller, tx.messages.by_ids(unlearnt, owner=caller.user_id))
    return unlearnt


def _mark_episodes(tx: Transaction, caller: OneUser, messages: Iterable[Message]) -> None:
    by_profile: dict[ProfileId, list[MessageId]] = defaultdict(list)
    for message in messages:
        by_profile[message.profile_id].append(message.id)
    for profile_id, episodes in by_profile.items():
        mark(tx, caller, Namespace(caller.user_id, profile_id), episodes=episodes)


def let_go_of(tx: Transaction, caller: OneUser, going: Going, found: Consequences) -> Erased:
    """Nobody learns it again, and no model is told: from its sources, or from answers.

    Nothing is deleted, so nothing is counted.
    """
    falling = (memory.id for memory in found.falling)
    shown = [*going.ids(), *going.unlearnt, *falling]
    unlearnt = unlearn(tx, caller, going.unlearnt) | _unlearn_answers(tx, caller, shown=shown)
    mark_quoting(tx, found.quoting)
    _mark_episodes(tx, caller, found.quoting)
    return Erased(
        Counter(),
        unlearnt=unlearnt - set(going.messages),
        quoting=[answer.id for answer in found.quoting],
    )


def _delete(
    tx: Transaction, caller: Caller, messages: Sequence[Message], memories: Sequence[Memory]
) -> Erased:
    owner = caller.user_id
    for memory in memories:
        mark(tx, caller, memory.namespace, memories=[memory.id])
    counts = Counter(
        memories=tx.memories.delete([memory.id for memory in memories], owner=owner),
        index_points=len(memories) + sum(message.searchable for message in messages),
        chat_messages=tx.messages.delete([message.id for message in messages], owner=owner),
    )
    _mark_episodes(tx, caller, messages)
    for session_id, its in by_session(messages).items():
        tx.sessions.forget_words(session_id, titles=[title_from(one.content) for one in its])
    for profile_id in {message.profile_id for message in messages if message.name}:
        tx.profiles.refresh_speakers(profile_id)
    if messages or memories:
        owe_wipe(tx, caller)
    tx.erasures.note(caller.user_id, tenant_id=caller.tenant_id)
    ids = [*(message.id for message in messages), *(memory.id for memory in memories)]
    return Erased(counts, ids)


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


def _unlearn_answers(
    tx: Transaction, caller: OneUser, *, shown: Collection[UUID]
) -> set[MessageId]:
    """The answers that were shown one of these; none is learnt from or found any more.

    They are looked for on every profile of the caller, since memories move between them.
    """
    profiles = profiles_of(tx, caller.user_id)
    unlearnt = tx.messages.unlearn_answers([profile.id for profile in profiles], shown=shown)
    for profile_id, answers in unlearnt.items():
        mark(tx, caller, Namespace(caller.user_id, profile_id), episodes=answers)
    return {answer for answers in unlearnt.values() for answer in answers}


def owe_wipe(tx: Transaction, caller: Caller, *, files: bool = False) -> None:
    """The bytes of what this transaction deletes leave the database's file soon after it.

    So do the originals of documents, if there may be some.
    """
    for store in (Store.DATABASE, *([Store.FILES] if files else [])):
        tx.wipes.owe(store, user_id=caller.user_id, tenant_id=caller.tenant_id)


def forget_document(
    tx: Transaction, caller: Caller, document: Document, *, quotes: bool = False
) -> Erased:
    """The document is gone, and the memories that were learnt from answers that read it alone.

    Those answers stay where they were said, and are neither learnt from nor found any more; those
    that repeat it are told to no model, and are gone as well with `quotes`.
    """
    owner = caller.user_id
    chunks = tx.documents.chunk_ids(document.id, owner=owner)
    words = _words_of(tx, caller, chunks)
    erased = forget(tx, caller, Going(further=words), quotes=quotes)
    derived = [memory.id for memory in falling_with(tx, erased.unlearnt, owner=owner)]
    more = (
        forget(tx, caller, Going(memories=derived), quotes=quotes) if derived else Erased(Counter())
    )
    unlearnt = {*erased.unlearnt, *more.unlearnt} - {*erased.ids, *more.ids}
    counts = Counter(
        document_chunks=tx.documents.delete(document.id, owner=owner),
        documents=1,
        index_points=len(chunks) + len(unlearnt),
    )
    tx.index_changes.mark(document.namespace, chunks, tenant_id=caller.tenant_id, is_episode=False)
    owe_forgetting(tx, caller, files=True)
    return Erased(
        erased.counts + more.counts + counts,
        [*chunks, *erased.ids, *more.ids],
        unlearnt,
        sorted({*erased.quoting, *more.quoting} - set(more.ids)),
    )


def _words_of(tx: Transaction, caller: Caller, chunks: Collection[ChunkId]) -> dict[UUID, str]:
    found = tx.documents.chunks_by_ids(chunks, owner=caller.user_id)
    return {chunk.id: chunk.content for chunk in found}


def owe_forgetting(tx: Transaction, caller: Caller, *, files: bool = False) -> None:
    """The bytes of what this transaction deletes go soon, and no process goes on telling of it."""
    owe_wipe(tx, caller, files=files)
    tx.erasures.note(caller.user_id, tenant_id=caller.tenant_id)


def mark(
    tx: Transaction,
    caller: OneUser,
    namespace: Namespace,
    *,
    memories: Sequence[MemoryId] = (),
    episodes: Sequence[MessageId] = (),
) -> None:
    """The index will follow what became of these."""
    for ids, is_episode in ((memories, False), (episodes, True)):
        tx.index_changes.mark(namespace, ids, tenant_id=caller.tenant_id, is_episode=is_episode)


def empty_session(
    tx: Transaction, caller: Caller, session_id: SessionId, *, quotes: bool
) -> Erased:
    """Nothing is left of what was said in the session, nor of what was known from it alone."""
    tx.sessions.get(session_id, owner=caller.user_id)
    ids = tx.messages.ids_of_session(session_id, owner=caller.user_id)
    return forget(tx, caller, Going(messages=ids), quotes=quotes)


def with_unlearnt_points(erased: Erased) -> Erased:
    """The receipt of what is forgotten, and not its messages, counts what is found no more."""
    return replace(erased, counts=erased.counts + Counter(index_points=len(erased.unlearnt)))
