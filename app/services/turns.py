"""A turn: what it may touch, what it was asked, and how it is opened and closed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo

from app.core.errors import NothingToRegenerate
from app.core.privacy import (
    EffectivePrivacy,
    PrivacyMode,
)
from app.models.clock import Clock
from app.models.document import Chunk
from app.models.ids import ChunkId, MessageId, SessionId, new_id
from app.models.memory import Memory, MemoryKind, Recalled
from app.models.message import FinishReason, Message, Role, Usage
from app.models.profile import Learning, Profile
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.ports.transcript import Removed
from app.services.earshot import EARSHOT, may_return, withhold_told
from app.services.prompts import PromptBuilder
from app.services.runs import RunIds
from app.services.since_forgotten import Read, marked
from app.services.titles import title_from
from app.services.turn_parts import Substitutions, TurnParts
from app.services.turn_privacy import Exposure, effective_privacy, exposure_of
from app.services.used import uses_of
from app.services.zones import zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Who asks for an answer, where, under which ids, and how much more privately than usual."""

    caller: Caller
    session_id: SessionId
    mode: PrivacyMode | None
    ids: RunIds


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A user's message that waits for its answer, under a lease on its session."""

    request: Request
    session: Session
    profile: Profile
    privacy: EffectivePrivacy
    parts: TurnParts
    question: Message
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


class TurnDesk:
    """Opens and closes turns, each in one transaction."""

    def __init__(
        self,
        parts: Substitutions,
        *,
        prompts: PromptBuilder,
        history_messages: int,
        lease_s: float,
        zone: tzinfo,
        clock: Clock,
    ) -> None:
        self._parts = parts
        self._prompts = prompts
        self._history_messages = history_messages
        self._sight = max(history_messages, EARSHOT)
        self._lease = timedelta(seconds=lease_s)
        self._zone = zone
        self._clock = clock

    def open(self, tx: Transaction, request: Request, text: str) -> Turn:
        """A turn with its message written down and its session's lease taken.

        Raises:
            SessionNotFound: absent, or someone else's.
            RunInProgress: another run holds the session.
            InvalidInput: the message is too long for the model, and was not kept.
        """
        session, profile, further = _place(tx, request)
        self._prompts.refuse_too_long(profile, text, now=self._clock())
        privacy = effective_privacy(session, profile, request=request.mode)
        parts = self._parts.under(privacy.policy)
        self._take_lease(tx, request)
        earlier = parts.transcript.recent(tx, session, limit=self._sight)
        returns = may_return(profile, text, earlier=earlier)
        exposure = exposure_of(profile, learnable=privacy.policy.learn, returns=returns)
        said = self._said(request, session, text, privacy=privacy, exposure=exposure)
        [question] = parts.transcript.append(
            tx, session, [said], caller=request.caller, answered=False
        )
        parts.transcript.entitle(tx, session, title_from(text))
        if not returns:
            withhold_told(tx, session, earlier=earlier, said=[text], caller=request.caller)
        return Turn(
            request=request,
            session=session,
            profile=profile,
            privacy=privacy,
            parts=parts,
            question=question,
            history=_last(earlier, self._history_messages),
            zone=zone_of(tx, session.user_id, default=self._zone),
            further=further,
            earlier=earlier,
        )

    def reopen(self, tx: Transaction, request: Request) -> Turn:
        """A turn that answers the session's last user message anew; its old answer still stands.

        It is never less private than the message was.

        Raises:
            SessionNotFound: absent, or someone else's.
            RunInProgress: another run holds the session.
            NothingToRegenerate: the last message is neither an answer nor waits for one.
        """
        session, profile, further = _place(tx, request)
        asked = effective_privacy(session, profile, request=request.mode)
        said = self._parts.under(asked.policy).transcript.recent(tx, session, limit=self._sight + 2)
        old_answer = said[-1] if said and said[-1].role is Role.ASSISTANT else None
        before = said[:-1] if old_answer else said
        if not before or before[-1].role is not Role.USER:
            raise NothingToRegenerate
        question = before[-1]
        privacy = effective_privacy(
            session, profile, request=request.mode, message=question.privacy_mode
        )
        self._take_lease(tx, request)
        return Turn(
            request=request,
            session=session,
            profile=profile,
            privacy=privacy,
            parts=self._parts.under(privacy.policy),
            question=question,
            history=_last(before[:-1], self._history_messages),
            zone=zone_of(tx, session.user_id, default=self._zone),
            further=further,
            earlier=before[:-1],
            replaces=old_answer,
        )

    def close(
        self, tx: Transaction, turn: Turn, draft: Draft | None, *, shown: Sequence[Message]
    ) -> Closed:
        """The answer, in the place of the one that it replaces.

        Args:
            tx: the transaction to do it in; the session's lease is free afterwards.
            turn: the turn to close.
            draft: what the model said; None when it said nothing.
            shown: the earlier messages that the model was shown.
        """
        ids = turn.request.ids
        if not tx.sessions.release_lease(turn.session.id, token=ids.lease_token) or draft is None:
            return Closed(None)
        transcript = turn.parts.transcript
        removed = Removed()
        if turn.replaces is not None:
            removed = transcript.remove(tx, turn.replaces, caller=turn.request.caller)
        earlier = [*turn.earlier, turn.question]
        returns = may_return(turn.profile, draft.content, earlier=earlier)
        if not returns:
            caller, said = turn.request.caller, [draft.content]
            withhold_told(tx, turn.session, earlier=earlier, said=said, caller=caller)
        learnable = _may_be_learnt(tx, turn, draft, shown=shown)
        answer = self._answer(turn, draft, learnable=learnable, returns=returns)
        answer = marked(tx, answer, Read(shown, draft.recalled, turn.question))
        placed = transcript.answer(
            tx, turn.session, answer, to=turn.question.id, caller=turn.request.caller
        )
        return Closed(placed, removed)

    def _said(
        self,
        request: Request,
        session: Session,
        text: str,
        *,
        privacy: EffectivePrivacy,
        exposure: Exposure,
    ) -> Message:
        return Message(
            id=MessageId(new_id()),
            user_id=session.user_id,
            profile_id=session.profile_id,
            session_id=session.id,
            seq=0,
            role=Role.USER,
            content=text,
            privacy_mode=privacy.mode,
            tightened_by=privacy.tightened_by,
            learnable=privacy.policy.learn,
            searchable=exposure.searchable,
            withheld=exposure.withheld,
            run_id=request.ids.run_id,
            created_at=self._clock(),
        )

    def _answer(self, turn: Turn, draft: Draft, *, learnable: bool, returns: bool) -> Message:
        return Message(
            id=turn.request.ids.message_id,
            user_id=turn.session.user_id,
            profile_id=turn.session.profile_id,
            session_id=turn.session.id,
            seq=0,
            role=Role.ASSISTANT,
            content=draft.content,
            privacy_mode=turn.privacy.mode,
            tightened_by=turn.privacy.tightened_by,
            learnable=learnable,
            searchable=not draft.only_quotes
            and exposure_of(turn.profile, learnable=learnable, returns=returns).searchable,
            quoted=draft.only_quotes,
            finish_reason=draft.finish_reason,
            usage=draft.usage,
            run_id=turn.request.ids.run_id,
            memories_used=uses_of(draft.recalled),
            created_at=self._clock(),
        )

    def _take_lease(self, tx: Transaction, request: Request) -> None:
        now = self._clock()
        tx.sessions.take_lease(
            request.session_id, token=request.ids.lease_token, now=now, until=now + self._lease
        )


def _may_be_learnt(tx: Transaction, turn: Turn, draft: Draft, *, shown: Sequence[Message]) -> bool:
    """An answer may repeat what it was shown, so it is no more learnable than all of that is by now.

    What belongs to another profile never becomes this one's by being repeated here, and what was
    said where memories are reviewed does not get around that once they are not.
    """
    read = (*shown, turn.question)
    is_abroad = any(one.profile_id != turn.profile.id for one in draft.recalled)
    if is_abroad or not turn.privacy.policy.learn or not draft.content.strip():
        return False
    owner = turn.session.user_id
    episodes = {one.id for one in draft.recalled if one.kind is MemoryKind.EPISODE}
    chunks = {one.id for one in draft.recalled if one.kind is MemoryKind.DOCUMENT}
    memories = {one.id for one in draft.recalled} - episodes - chunks
    messages = {message.id for message in read} | {MessageId(episode) for episode in episodes}
    if tx.messages.unlearnable(messages, owner=owner):
        return False
    if turn.profile.learning is Learning.AUTO and tx.messages.any_hidden(messages, owner=owner):
        return False
    found: Sequence[Memory | Chunk] = (
        *tx.memories.by_ids(memories, owner=owner),
        *tx.documents.chunks_by_ids(map(ChunkId, chunks), owner=owner),
    )
    return sum(one.profile_id == turn.profile.id for one in found) == len(memories) + len(chunks)


def _last(messages: Sequence[Message], count: int) -> Sequence[Message]:
    return messages[-count:] if count else ()


def _place(tx: Transaction, request: Request) -> tuple[Session, Profile, Sequence[Profile]]:
    owner = request.caller.user_id
    session = tx.sessions.get(request.session_id, owner=owner)
    further = tx.profiles.by_ids(session.reads, owner=owner) if session.reads else ()
    return session, tx.profiles.get(session.profile_id, owner=owner), further
