"""How turns are opened and closed."""

from collections.abc import Sequence
from datetime import timedelta, tzinfo

from app.core.errors import NothingToRegenerate
from app.core.surface_errors import NotAConversation
from app.models.clock import Clock
from app.models.document import Chunk
from app.models.ids import ChunkId, MessageId
from app.models.memory import Memory, MemoryKind
from app.models.message import FinishReason, Message, Role, Usage
from app.models.profile import Learning, Profile
from app.models.session import Session
from app.models.usage import Reservation
from app.ports.database import Transaction
from app.ports.transcript import Removed
from app.services.appending import PastMessage, append_past
from app.services.bounding import TokenBounds
from app.services.earshot import EARSHOT, may_return, withhold_told
from app.services.prompts import PromptBuilder
from app.services.quotas import Quotas
from app.services.since_forgotten import Read, marked
from app.services.titles import title_from
from app.services.turn import Closed, Draft, Request, Turn
from app.services.turn_messages import said
from app.services.turn_parts import Substitutions
from app.services.turn_privacy import effective_privacy, exposure_of
from app.services.used import uses_of
from app.services.zones import zone_of


class TurnDesk:
    """Opens and closes turns, each in one transaction."""

    def __init__(
        self,
        parts: Substitutions,
        *,
        prompts: PromptBuilder,
        quotas: Quotas,
        bounds: TokenBounds,
        history_messages: int,
        lease_s: float,
        zone: tzinfo,
        clock: Clock,
    ) -> None:
        self._parts = parts
        self._prompts = prompts
        self._quotas = quotas
        self._bounds = bounds
        self._history_messages = history_messages
        self._sight = max(history_messages, EARSHOT)
        self._lease = timedelta(seconds=lease_s)
        self._zone = zone
        self._clock = clock

    def open(
        self, tx: Transaction, request: Request, text: str, *, past: Sequence[PastMessage] = ()
    ) -> Turn:
        """A turn with its message written down and its session's lease taken.

        What is past comes before it, as privately as the turn.

        Raises:
            SessionNotFound: absent, or someone else's.
            NotAConversation: it holds what was learnt from another application's.
            RunInProgress: another run holds the session.
            InvalidInput: the message is too long for the model, and was not kept.
            QuotaExceeded: the user's plan has no turn left, and the message was not kept.
        """
        session, profile, further = _place(tx, request)
        self._prompts.refuse_too_long(profile, text, now=self._clock())
        privacy = effective_privacy(session, profile, by=request.caller, request=request.mode)
        parts = self._parts.under(privacy.policy)
        self._take_lease(tx, request)
        self._append(tx, session, past, request=request)
        earlier = parts.transcript.recent(tx, session, limit=self._sight)
        reservation = self._reserve(tx, request, profile, text, earlier)
        returns = may_return(profile, text, earlier=earlier)
        exposure = exposure_of(profile, learnable=privacy.policy.learn, returns=returns)
        message = said(
            session,
            text,
            privacy=privacy,
            exposure=exposure,
            learnable=privacy.policy.learn,
            run_id=request.ids.run_id,
            at=self._clock(),
        )
        [question] = parts.transcript.append(
            tx, session, [message], caller=request.caller, answered=False
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
            reservation=reservation,
            history=_last(earlier, self._history_messages),
            zone=zone_of(tx, session.user_id, default=self._zone),
            further=further,
            earlier=earlier,
        )

    def _append(
        self, tx: Transaction, session: Session, past: Sequence[PastMessage], *, request: Request
    ) -> None:
        if past:
            append_past(
                tx,
                session,
                past,
                caller=request.caller,
                parts=self._parts,
                at=self._clock(),
                mode=request.mode,
            )

    def reopen(self, tx: Transaction, request: Request) -> Turn:
        """A turn that answers the session's last user message anew; its old answer still stands.

        It is never less private than the message was.

        Raises:
            SessionNotFound: absent, or someone else's.
            RunInProgress: another run holds the session.
            NothingToRegenerate: the last message is neither an answer nor waits for one.
            QuotaExceeded: the user's plan has no turn left.
        """
        session, profile, further = _place(tx, request)
        asked = effective_privacy(session, profile, by=request.caller, request=request.mode)
        recent = self._parts.under(asked.policy).transcript.recent(
            tx, session, limit=self._sight + 2
        )
        old_answer = recent[-1] if recent and recent[-1].role is Role.ASSISTANT else None
        before = recent[:-1] if old_answer else recent
        if not before or before[-1].role is not Role.USER:
            raise NothingToRegenerate
        question = before[-1]
        privacy = effective_privacy(
            session, profile, by=request.caller, request=request.mode, message=question.privacy_mode
        )
        self._take_lease(tx, request)
        reservation = self._reserve(tx, request, profile, question.content, before[:-1])
        return Turn(
            request=request,
            session=session,
            profile=profile,
            privacy=privacy,
            parts=self._parts.under(privacy.policy),
            question=question,
            reservation=reservation,
            history=_last(before[:-1], self._history_messages),
            zone=zone_of(tx, session.user_id, default=self._zone),
            further=further,
            earlier=before[:-1],
            replaces=old_answer,
        )

    def close(
        self,
        tx: Transaction,
        turn: Turn,
        draft: Draft | None,
        *,
        shown: Sequence[Message],
        spent: Usage | None,
    ) -> Closed:
        """The answer, in the place of the one that it replaces.

        Args:
            tx: the transaction to do it in; the session's lease is free afterwards.
            turn: the turn to close.
            draft: what the model said; None when it said nothing.
            shown: the earlier messages that the model was shown.
            spent: what the model was asked for and answered; None when it was not, or did not.
        """
        self.settle(tx, turn, spent)
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
            caller, words = turn.request.caller, [draft.content]
            withhold_told(tx, turn.session, earlier=earlier, said=words, caller=caller)
        learnable = _may_be_learnt(tx, turn, draft, shown=shown)
        answer = self._answer(turn, draft, learnable=learnable, returns=returns)
        answer = marked(tx, answer, Read(shown, draft.recalled, turn.question))
        placed = transcript.answer(
            tx, turn.session, answer, to=turn.question.id, caller=turn.request.caller
        )
        _settle(tx, turn.request, draft)
        return Closed(placed, removed)

    def settle(self, tx: Transaction, turn: Turn, spent: Usage | None) -> None:
        """What the turn has used is used, and no more is held for it."""
        self._quotas.settle(tx, turn.reservation, spent)

    def unkept(self, turn: Turn, draft: Draft) -> Message:
        """The answer of a turn that is kept by its client alone."""
        return self._answer(turn, draft, learnable=False, returns=False)

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

    def _reserve(
        self,
        tx: Transaction,
        request: Request,
        profile: Profile,
        text: str,
        earlier: Sequence[Message],
    ) -> Reservation:
        history = _last(earlier, self._history_messages)
        return self._quotas.reserve(
            tx,
            request.caller,
            tokens=lambda: self._bounds.of_turn(profile, text, history, now=self._clock()),
        )

    def _take_lease(self, tx: Transaction, request: Request) -> None:
        now = self._clock()
        tx.sessions.take_lease(
            request.session_id, token=request.ids.lease_token, now=now, until=now + self._lease
        )


def _settle(tx: Transaction, request: Request, draft: Draft) -> None:
    """An answer that broke off may be asked for again under the same key; any other is told again."""
    if request.intent is not None and draft.finish_reason is not FinishReason.ERROR:
        tx.intents.update(request.intent.digest, owner=request.caller.user_id, is_done=True)


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
    if session.thread is not None:
        raise NotAConversation
    further = tx.profiles.by_ids(session.reads, owner=owner) if session.reads else ()
    return session, tx.profiles.get(session.profile_id, owner=owner), further
