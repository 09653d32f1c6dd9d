"""What a learning job reads."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from app.models.actor import OneUser
from app.models.job import Job
from app.models.memory import Memory, MemoryStatus
from app.models.message import Message
from app.models.profile import Learning, Profile
from app.ports.database import Transaction
from app.services.earshot import EARSHOT
from app.services.zones import zone_of

CONTEXT_MESSAGES: Final = 6
NEWEST_KNOWN: Final = 20
_MOST_AROUND: Final = 400


@dataclass(frozen=True, slots=True)
class Part:
    """What is read of one session."""

    context: Sequence[Message]
    """Before those to learn from."""
    new: Sequence[Message]
    around: Sequence[Message]
    """Everything near them, also what may not be learnt from: it tells what is secret in them."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one job reads."""

    owner: OneUser
    profile: Profile
    sessions: Sequence[Part]
    newest: Sequence[Memory]
    zone: tzinfo
    """Where the user is."""

    @property
    def messages(self) -> list[Message]:
        """All that is shown, of every session."""
        return [message for part in self.sessions for message in (*part.context, *part.new)]


def read_batch(tx: Transaction, job: Job, *, zone: tzinfo) -> Batch:
    """What a job is to learn from, and what helps to understand it."""
    profile = tx.profiles.get(job.profile_id, owner=job.user_id)
    by_session: dict[object, list[Message]] = defaultdict(list)
    said = [] if profile.learning is Learning.OFF else tx.messages.of_job(job.id)
    for message in said:
        by_session[message.session_id].append(message)
    newest = tx.memories.page(
        profile.id,
        owner=job.user_id,
        kind=None,
        status=MemoryStatus.ACTIVE,
        after=None,
        limit=NEWEST_KNOWN,
    ).items
    sessions = [_part(tx, new) for new in by_session.values()]
    where = zone_of(tx, job.user_id, default=zone)
    return Batch(owner=job.owner, profile=profile, sessions=sessions, newest=newest, zone=where)


def _part(tx: Transaction, new: Sequence[Message]) -> Part:
    first, last = new[0], new[-1]
    start = max(0, first.seq - 1 - EARSHOT)
    near = min(last.seq - start + EARSHOT, _MOST_AROUND)
    around = tx.messages.after_seq(first.session_id, seq=start, limit=near)
    return Part(_context(around, first), new, around)


def _context(around: Sequence[Message], first: Message) -> Sequence[Message]:
    """What was said before, as far as it may be learnt from, and is no more to be reviewed."""
    is_reviewed = not (first.searchable or first.withheld)
    return [
        message
        for message in around
        if first.seq - CONTEXT_MESSAGES <= message.seq < first.seq
        and message.learnable
        and (message.searchable or message.quoted or is_reviewed)
    ]
