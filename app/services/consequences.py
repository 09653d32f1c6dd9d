"""What cannot stay as it is when something is forgotten: what came from it, and what repeats it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from app.models.ids import MemoryId, MessageId, ProfileId, SessionId, UserId
from app.models.memory import Memory, MemorySource
from app.models.message import Message, Role
from app.ports.database import Transaction
from app.services.lexicon import folded
from app.services.own_profiles import profiles_of
from app.services.repeating import all_stems, among, beginnings, forms, stands_on, telling
from app.services.titles import title_from

_Item = TypeVar("_Item")
_MOST_BEGINNINGS: Final = 30
_AT_ONCE: Final = 200
"""Messages whose words are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Going:
    """What is about to be forgotten. All of it still stands in the database."""

    messages: Collection[MessageId] = ()
    memories: Collection[MemoryId] = ()
    unlearnt: Collection[MessageId] = ()
    """Messages that stay, and that nobody is told of any more because of it."""
    further: Mapping[UUID, str] = field(default_factory=dict)
    """What else answers were given to read, with its words."""

    def ids(self) -> set[UUID]:
        """Of all that goes."""
        return {*self.messages, *self.memories, *self.further}


@dataclass(frozen=True, slots=True)
class Consequences:
    """What follows from it."""

    falling: Sequence[Memory] = ()
    """Memories that go as well, since nothing that stays says what they say."""
    quoting: Sequence[Message] = ()
    """Answers that stay in their conversations, and repeat some of it; oldest first."""


def consequences(tx: Transaction, going: Going, *, owner: UserId) -> Consequences:
    """What follows from it. Nothing is changed.

    An answer that repeats what is forgotten supports no memory any more, and what falls with it was
    given to further answers: so it goes on until nothing new follows.
    """
    falling: dict[MemoryId, Memory] = {}
    quoting: dict[MessageId, Message] = {}
    while True:
        gone = {*going.ids(), *quoting, *falling}
        new = falling_with(tx, gone, owner=owner)
        if quoting and not new:
            break
        falling.update({memory.id: memory for memory in new})
        found = _quoting(tx, going, memories=[*going.memories, *falling], owner=owner)
        if found.keys() == quoting.keys():
            break
        quoting = found
    return Consequences(list(falling.values()), sorted(quoting.values(), key=lambda one: one.id))


def falling_with(tx: Transaction, gone: Iterable[UUID], *, owner: UserId) -> Sequence[Memory]:
    """Memories that rest on these, or on one another, and on nothing else that says the same.

    Args:
        tx: the transaction to look in.
        gone: messages and memories.
        owner: of all of it.
    """
    everything, profiles = set(gone), _profiles(tx, owner)
    falling: list[Memory] = []
    new: Collection[UUID] = everything
    while new:
        touched = set(tx.memories.resting_on(new, profiles=profiles)) - everything
        known = tx.memories.by_ids(touched, owner=owner)
        fallen = [one for one in known if not _stands(tx, one, without=everything)]
        falling.extend(fallen)
        new = {one.id for one in fallen}
        everything |= new
    return falling


def mark_quoting(tx: Transaction, answers: Sequence[Message]) -> None:
    """No model reads the answers any more, and nothing finds them, nor what was made from them."""
    tx.messages.mark_repeating([answer.id for answer in answers])
    for session_id, its in by_session(answers).items():
        tx.sessions.forget_words(session_id, titles=[title_from(one.content) for one in its])


def by_session(messages: Iterable[Message]) -> dict[SessionId, list[Message]]:
    """The messages of each session."""
    found: dict[SessionId, list[Message]] = defaultdict(list)
    for message in messages:
        found[message.session_id].append(message)
    return found


def _profiles(tx: Transaction, owner: UserId) -> Sequence[ProfileId]:
    return [profile.id for profile in profiles_of(tx, owner)]


def _stands(tx: Transaction, memory: Memory, *, without: Collection[UUID]) -> bool:
    """Whether somebody wrote the memory by hand, or what stays says it."""
    if memory.source is MemorySource.MANUAL:
        return True
    owner = memory.user_id
    supports: tuple[UUID, ...] = (*memory.source_message_ids, *memory.repeats)
    if all(one in without for one in supports):
        return False
    said: dict[UUID, str] = {
        **{
            one.id: one.content
            for one in tx.messages.by_ids(memory.source_message_ids, owner=owner)
        },
        **{one.id: one.content for one in tx.memories.by_ids(memory.repeats, owner=owner)},
    }
    return stands_on(
        memory.content,
        gone=[words for one, words in said.items() if one in without],
        left=[words for one, words in said.items() if one not in without],
    )


def _quoting(
    tx: Transaction, going: Going, *, memories: Sequence[MemoryId], owner: UserId
) -> dict[MessageId, Message]:
    shown = [*going.ids(), *memories, *going.unlearnt]
    candidates = set(tx.messages.in_sight(_profiles(tx, owner), shown=shown))
    candidates -= set(going.messages)
    if not candidates:
        return {}
    forgotten = _Forgotten(tx, going, memories, owner=owner)
    suspects = [
        answer
        for some in _some(candidates)
        for answer in tx.messages.by_ids(some, owner=owner)
        if forgotten.words_in(answer.content)
    ]
    return {
        answer.id: answer
        for session_id, answers in by_session(suspects).items()
        for answer in forgotten.only_from_there(session_id, answers)
    }


class _Forgotten:
    """The words of what is about to be forgotten."""

    def __init__(
        self,
        tx: Transaction,
        going: Going,
        memories: Collection[MemoryId],
        *,
        owner: UserId,
    ) -> None:
        self._tx = tx
        self._going = frozenset(going.messages)
        told = {stem for text in going.further.values() for stem in telling(text)}
        for some in _some(going.messages):
            for message in tx.messages.by_ids(some, owner=owner):
                told |= telling(message.content)
                told |= all_stems(message.name or "")
        for content in tx.memories.ever_said(memories, owner=owner):
            told |= telling(content)
        self._forms = forms(told)
        self._beginnings = beginnings(told) if len(told) <= _MOST_BEGINNINGS else None

    def words_in(self, text: str) -> frozenset[str]:
        """Those of them that a text has."""
        if self._beginnings is not None:
            # Looking for a few beginnings takes a tenth of the time that finding all stems does.
            said = folded(text)
            if not any(beginning in said for beginning in self._beginnings):
                return frozenset()
        return among(all_stems(text), self._forms)

    def only_from_there(
        self, session_id: SessionId, answers: Iterable[Message]
    ) -> Iterator[Message]:
        """The answers with such words that the user had not said in the session before."""
        suspects = {answer.id: self.words_in(answer.content) for answer in answers}
        known: set[str] = set()
        for message in self._messages(session_id):
            if words := suspects.pop(message.id, None):
                if among(words, known) != words:
                    yield message
                if not suspects:
                    return
            elif message.role is Role.USER and message.id not in self._going:
                known |= forms(all_stems(message.content))

    def _messages(self, session_id: SessionId) -> Iterator[Message]:
        seq = 0
        while some := self._tx.messages.after_seq(session_id, seq=seq, limit=_AT_ONCE):
            yield from some
            seq = some[-1].seq


def _some(items: Iterable[_Item]) -> Iterator[Sequence[_Item]]:
    remaining = iter(items)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some
