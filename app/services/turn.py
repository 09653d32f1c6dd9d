"""A turn: what it may touch, what it was asked, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from app.core.privacy import EffectivePrivacy, PrivacyMode
from app.models.ids import SessionId
from app.models.intent import Intent
from app.models.memory import Recalled
from app.models.message import FinishReason, Message, Usage
from app.models.profile import Profile
from app.models.session import Session
from app.models.usage import Reservation
from app.models.user import Caller
from app.ports.transcript import Removed
from app.services.runs import RunIds
from app.services.supplied import SuppliedTalk
from app.services.turn_parts import TurnParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks for an answer, where, under which ids, and how much more privately than usual."""

    caller: Caller
    session_id: SessionId
    mode: PrivacyMode | None
    ids: RunIds
    intent: Intent | None = None
    """What the client wants done once, if it has said so; of what is not kept, nothing is known of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A user's message that waits for its answer, under a lease on its session."""

    request: Request
    session: Session
    profile: Profile
    privacy: EffectivePrivacy
    parts: TurnParts
    question: Message
    reservation: Reservation
    """What it may use of its owner's plan."""
    history: Sequence[Message]
    """What was said before, oldest first."""
    zone: tzinfo
    """Where the user is."""
    further: Sequence[Profile] = ()
    """Profiles that are read as well."""
    earlier: Sequence[Message] = ()
    """What was said before the question, as far as a secret is told to it."""
    replaces: Message | None = None
    """The answer that this one takes the place of."""
    talk: SuppliedTalk | None = None
    """The conversation and the wishes that a client of another protocol has brought along."""

    @property
    def is_supplied(self) -> bool:
        """Whether its client keeps the conversation: then nothing of the answer is kept here."""
        return self.session.thread is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a model said, before it is written down."""

    content: str
    finish_reason: FinishReason
    usage: Usage | None
    only_quotes: bool
    recalled: Sequence[Recalled]
    """What it was given to read, with its words."""


@dataclass(frozen=True, slots=True)
class Closed:
    """What came of a turn."""

    answer: Message | None
    """As it was written down; None when there is none, or no longer a place for it."""
    removed: Removed = field(default_factory=Removed)
    """What went with the answer that it takes the place of."""
