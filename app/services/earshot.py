"""Conversations without what may not be learnt: a secret is known as one all around where it is told.

One message tells what another only repeats, and a question makes a secret of what follows it, so
no message is looked at alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from app.core.credentials import SECRET, asks_for_secret, secrets_in, without_secrets
from app.core.forget_requests import requests_to_forget
from app.core.generated_words import looks_odd
from app.models.message import Message
from app.models.profile import Profile
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.personal_data import without_personal_data

EARSHOT: Final = 20
"""Messages on either side that a secret is told to."""
_MIN_REPLY_CHARS: Final = 6
_TRAILING: Final = ".,;:!?\"'`()"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages of one session, oldest first, and what they tell of each other."""

    contents: Sequence[str]
    _told: Sequence[frozenset[str]]
    _replies: frozenset[int]
    """Which of them follow a question for a secret."""

    def covered(self, position: int, *, redact: bool) -> str:
        """A message without secrets and, if wished, without personal data."""
        if position in self._replies and self.contents[position].strip():
            return SECRET
        content = without_secrets(self.contents[position], known=self.told_near(position))
        return without_personal_data(content) if redact else content

    def returns(self, position: int, *, redact: bool) -> bool:
        """Whether a message may come up again elsewhere: it holds nothing to hide, or to forget."""
        content = self.contents[position]
        is_whole = self.covered(position, redact=redact) == content
        return is_whole and not requests_to_forget(content)

    def told_near(self, position: int) -> frozenset[str]:
        """The secrets that are told within earshot of a message."""
        near = self._told[max(0, position - EARSHOT) : position + EARSHOT + 1]
        return frozenset().union(*near)

    def tells(self, position: int) -> frozenset[str]:
        """The secrets that a message tells itself."""
        return self._told[position]


def conversation(contents: Sequence[str]) -> Conversation:
    """The messages as they are heard together, oldest first."""
    replies = frozenset(
        position + 1 for position, content in enumerate(contents) if asks_for_secret(content)
    )
    told = [
        secrets_in(content) | (_replied(content) if position in replies else frozenset())
        for position, content in enumerate(contents)
    ]
    return Conversation(contents, told, replies)


def may_return(profile: Profile, content: str, *, earlier: Sequence[Message] = ()) -> bool:
    """Whether a message may come up again in other conversations.

    Not with a secret in it, nor with what it asks to forget: that would go to the model again and
    again. It stays where it was said.

    Args:
        profile: whose message it is.
        content: what was said.
        earlier: the session's messages before it, oldest first.
    """
    talk = _after(earlier, content)
    return talk.returns(len(talk.contents) - 1, redact=profile.redact_pii)


def all_may_return(
    profile: Profile, contents: Sequence[str], *, before: Sequence[str] = ()
) -> list[bool]:
    """Of each message of a conversation whether it may come up again in others.

    Args:
        profile: whose messages they are.
        contents: oldest first.
        before: what was said before them.
    """
    talk = conversation([*before, *contents])
    return [
        talk.returns(len(before) + position, redact=profile.redact_pii)
        for position in range(len(contents))
    ]


def returns_where_it_stands(tx: Transaction, profile: Profile, message: Message) -> bool:
    """Whether a kept message may come up again, in view of what was said before and after it."""
    start = max(0, message.seq - 1 - EARSHOT)
    around = tx.messages.after_seq(message.session_id, seq=start, limit=2 * EARSHOT + 1)
    position = [one.id for one in around].index(message.id)
    talk = conversation([one.content for one in around])
    return talk.returns(position, redact=profile.redact_pii)


def withhold_told(
    tx: Transaction,
    session: Session,
    *,
    earlier: Sequence[Message],
    said: Sequence[str],
    caller: Caller,
) -> None:
    """Earlier messages that repeat a secret which is told only now are not found any more."""
    talk = _after(earlier, *said)
    told = frozenset[str]().union(*(talk.tells(-1 - back) for back in range(len(said))))
    repeating = [
        message.id
        for message in earlier[-EARSHOT:]
        if told and message.searchable
        if without_secrets(message.content, known=told) != message.content
    ]
    if repeating:
        withheld = tx.messages.withhold(repeating, owner=session.user_id)
        tx.index_changes.mark(
            session.namespace, withheld, tenant_id=caller.tenant_id, is_episode=True
        )


def _after(earlier: Sequence[Message], *said: str) -> Conversation:
    """What may be found tells no secret, so it is not looked through again, but for a question."""
    near = earlier[-EARSHOT:]
    before = [
        "" if message.searchable and after.searchable else message.content
        for message, after in pairwise(near)
    ]
    return conversation([*before, *(message.content for message in near[-1:]), *said])


def _replied(content: str) -> frozenset[str]:
    words = [word.strip(_TRAILING) for word in content.split()]
    is_alone = len(words) == 1 and len(words[0]) >= _MIN_REPLY_CHARS
    return frozenset(word.lower() for word in words if is_alone or looks_odd(word))
