from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from app.core.errors import SessionNotFound
from app.core.privacy import EffectivePrivacy
from app.models.clock import Clock
from app.models.ids import ProfileId, SessionId
from app.models.memory import Recalled
from app.models.message import Message
from app.models.profile import Profile
from app.models.user import Caller
from app.ports.chat_model import PromptMessage
from app.ports.database import Database, Transaction
from app.ports.token_counter import TokenCounter
from app.services.prompt_lines import memory_line
from app.services.prompts import Budget, PromptBuilder
from app.services.reads import readable
from app.services.recall import ContextTail
from app.services.turn_parts import Substitutions
from app.services.turn_privacy import effective_privacy
from app.services.zones import zone_of


@dataclass(frozen=True, slots=True)
class Counted:
    """A part of a prompt, and what it costs."""

    part: PromptMessage
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a model would see for a message, to the letter."""

    privacy: EffectivePrivacy
    messages: Sequence[Counted]
    memories: Sequence[tuple[Recalled, int]]
    """Those that the system message quotes, with their tokens, best first."""
    budget: Budget
    unavailable: bool
    """Whether memory could not be read."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a message would be said."""

    profile: Profile
    further: Sequence[Profile]
    privacy: EffectivePrivacy
    said: Sequence[Message]
    zone: tzinfo


class Previews:
    """Prompts as they would be sent, made by the parts that make them, and not sent."""

    def __init__(
        self,
        database: Database,
        *,
        parts: Substitutions,
        prompts: PromptBuilder,
        tokens: TokenCounter,
        history_messages: int,
        zone: tzinfo,
        clock: Clock,
    ) -> None:
        self._database = database
        self._parts = parts
        self._prompts = prompts
        self._tokens = tokens
        self._history_messages = history_messages
        self._zone = zone
        self._clock = clock

    async def of(
        self,
        caller: Caller,
        profile_id: ProfileId,
        text: str,
        *,
        session_id: SessionId | None,
        reads: Sequence[ProfileId] | None = None,
    ) -> Preview:
        """What the model would see for a message on a profile.

        Args:
            caller: who asks.
            profile_id: of whose memories.
            text: the message.
            session_id: in which of the profile's sessions; None for a new one in normal mode.
            reads: as if the session read these profiles as well; None for those that it reads.

        Raises:
            ProfileNotFound: one is absent, or someone else's.
            SessionNotFound: absent, someone else's, or on another profile.
            InvalidInput: the message is too long for the model.
        """
        place = await self._database.read(
            lambda tx: self._place(tx, caller, profile_id, session_id, reads), by=caller
        )
        profile, privacy = place.profile, place.privacy
        now = self._clock().astimezone(place.zone)
        history = self._prompts.fitting(place.said, profile=profile, message=text, now=now)
        shown = ContextTail(history[0].session_id, history[0].seq) if history else None
        memory = self._parts.under(privacy.policy).memory
        recollection = await memory.recall(
            profile, text, by=caller, shown=shown, further=place.further
        )
        packed = self._prompts.answer(
            profile=profile,
            message=text,
            now=now,
            memories=recollection.memories,
            history=history,
        )
        count = self._tokens.count
        return Preview(
            privacy=privacy,
            messages=[
                Counted(one, count(one.content))
                for one in packed.prompt.messages
                if isinstance(one, PromptMessage)
            ],
            memories=[(one, count(memory_line(one, zone=place.zone))) for one in packed.memories],
            budget=self._prompts.budget,
            unavailable=recollection.unavailable,
        )

    def _place(
        self,
        tx: Transaction,
        caller: Caller,
        profile_id: ProfileId,
        session_id: SessionId | None,
        reads: Sequence[ProfileId] | None,
    ) -> _Place:
        owner = caller.user_id
        profile = tx.profiles.get(profile_id, owner=owner)
        zone = zone_of(tx, owner, default=self._zone)
        if session_id is None:
            further = readable(tx, reads or (), owner=owner, own=profile_id)
            privacy = effective_privacy(None, profile, by=caller)
            return _Place(profile, further, privacy, (), zone)
        session = tx.sessions.get(session_id, owner=owner)
        if session.profile_id != profile_id:
            raise SessionNotFound
        wanted = session.reads if reads is None else reads
        further = readable(tx, wanted, owner=owner, own=profile_id)
        privacy = effective_privacy(session, profile, by=caller)
        transcript = self._parts.under(privacy.policy).transcript
        said = transcript.recent(tx, session, limit=self._history_messages)
        return _Place(profile, further, privacy, said, zone)
