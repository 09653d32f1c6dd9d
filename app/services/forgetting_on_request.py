"""What is asked for in a chat with "Please forget that …": known no more, though its history stays."""

import re
from collections.abc import Iterable, Iterator, Sequence

from app.core.forget_requests import requests_to_forget
from app.models.actor import OneUser
from app.models.ids import MemoryId, MessageId
from app.models.memory import Memory, MemoryStatus
from app.models.message import Message, Role
from app.ports.database import Transaction
from app.ports.extractor import Extracted
from app.services.consequences import Going, consequences
from app.services.erasing import let_go_of, sources_to_hide, unlearn
from app.services.repeating import all_stems, among, forms, telling
from app.services.superseding import Author, end


def is_asked_for(one: Extracted, said: Iterable[Message]) -> bool:
    """Whether the messages that it was found in ask to forget it, by the words that tell it."""
    content = forms(all_stems(one.content))
    return any(
        among(telling(stated), content)
        for message in said
        if message.id in one.source_message_ids and message.role is Role.USER
        for stated in requests_to_forget(message.content)
    )


def let_go(
    tx: Transaction,
    owner: OneUser,
    ended: Sequence[Memory],
    *,
    heard: Sequence[Message],
    author: Author,
) -> Sequence[MemoryId]:
    """Further memories that ended, since they rested on those alone.

    What all of them came from stays where it was said, and is neither learnt from nor found any
    more; no model is told of an answer that repeats it. The same becomes of the requests, and of
    what was heard together with them and says what they say.

    Args:
        tx: the transaction to do it in.
        owner: of all of it.
        ended: memories that hold no longer because somebody asked to forget them.
        heard: messages, oldest first, with such requests among them or not.
        author: of the change.
    """
    asking = [one for one in heard if one.role is Role.USER and requests_to_forget(one.content)]
    if not asking and not ended:
        return ()
    hidden = {*sources_to_hide(tx, owner, ended), *_said_before(asking, heard)}
    going = Going(memories=[memory.id for memory in ended], unlearnt=hidden)
    found = consequences(tx, going, owner=owner.user_id)
    let_go_of(tx, owner, going, found)
    unlearn(tx, owner, [message.id for message in asking])
    return [
        end(tx, one, by=None, when=author.at, author=author)
        for one in found.falling
        if one.status in (MemoryStatus.ACTIVE, MemoryStatus.PENDING)
    ]


def _said_before(asking: Sequence[Message], heard: Sequence[Message]) -> Iterator[MessageId]:
    asked = {message.id for message in asking}
    for request in asking:
        stated = [re.escape(one) for one in requests_to_forget(request.content)]
        says_it = re.compile(rf"(?<!\w)(?:{'|'.join(stated)})(?!\w)", re.IGNORECASE)
        for message in heard:
            is_before = message.role is Role.USER and message.created_at <= request.created_at
            if is_before and message.id not in asked and says_it.search(message.content):
                yield message.id
