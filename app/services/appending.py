"""Past messages at the end of a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.errors import MessageNotFound
from app.core.privacy import POLICIES, PrivacyMode
from app.core.surface_errors import NotAConversation
from app.models.ids import MessageId, ProfileId, UserId, new_id
from app.models.intent import Intent
from app.models.message import Message, Role
from app.models.session import Session, new_session
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.earshot import EARSHOT, all_may_return, withhold_told
from app.services.intents import keep
from app.services.turn_parts import Substitutions
from app.services.turn_privacy import effective_privacy, exposure_of, no_looser

SIGHT: Final = 50
"""Messages before an answer that it may repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMessage:
    """Something that was said before MemoryChat was there."""

    role: Role
    content: str
    name: str | None
    created_at: datetime | None


def append_past(
    tx: Transaction,
    session: Session,
    past: Sequence[PastMessage],
    *,
    caller: Caller,
    parts: Substitutions,
    at: datetime,
    mode: PrivacyMode | None = None,
) -> Sequence[Message]:
    """The messages, at the end of the session under its mode, or under a stricter one.

    An answer among them may repeat what was said before it, so it is no more learnable than that.

    Raises:
        ProfileNotFound: the session's profile is gone.
        NotAConversation: the session holds what was learnt from another application's.
    """
    if session.thread is not None:
        raise NotAConversation
    profile = tx.profiles.get(session.profile_id, owner=caller.user_id)
    privacy = effective_privacy(session, profile, by=caller, request=mode)
    transcript = parts.under(privacy.policy).transcript
    learn = privacy.policy.learn
    before = transcript.recent(tx, session, limit=SIGHT) if learn else ()
    said = [one.content for one in past]
    heard = [one.content for one in before[-EARSHOT:]]
    returns = all_may_return(profile, said, before=heard) if learn else [False] * len(past)
    if not all(returns):
        withhold_told(tx, session, earlier=before, said=said, caller=caller)
    open_words = all(one.learnable for one in before)
    messages = [
        Message(
            id=MessageId(new_id()),
            user_id=caller.user_id,
            profile_id=session.profile_id,
            session_id=session.id,
            seq=0,
            role=one.role,
            name=one.name,
            content=one.content,
            privacy_mode=privacy.mode,
            learnable=learnable,
            searchable=exposure.searchable,
            withheld=exposure.withheld,
            created_at=min(one.created_at or at, at),
        )
        for one, may_return in zip(past, returns, strict=True)
        for learnable in [learn and (open_words or one.role is not Role.ASSISTANT)]
        for exposure in [exposure_of(profile, learnable=learnable, returns=may_return)]
    ]
    return transcript.append(tx, session, messages, caller=caller, answered=True)


def begin_past(tx: Transaction, caller: Caller, profile_id: ProfileId, *, at: datetime) -> Session:
    """A new session for what was said before, in normal mode unless the caller has to be stricter.

    Raises:
        ProfileNotFound: absent, or someone else's.
    """
    profile = tx.profiles.get(profile_id, owner=caller.user_id)
    mode = no_looser(PrivacyMode.NORMAL, by=caller)
    session = new_session(profile.namespace, at=at, mode=mode)
    tx.sessions.add(session, tenant_id=caller.tenant_id)
    return session


def keep_placed(
    tx: Transaction,
    caller: Caller,
    intent: Intent | None,
    placed: Sequence[Message],
    *,
    at: datetime,
) -> None:
    """The intent is known to have placed these messages, if they are kept.

    Raises:
        IntentTaken: another request was faster.
    """
    if all(POLICIES[one.privacy_mode].retain for one in placed):
        keep(tx, caller, intent, *(one.id for one in placed), at=at)


def placed_past(tx: Transaction, ids: Sequence[MessageId], *, owner: UserId) -> Sequence[Message]:
    """Messages that were placed before, in their order.

    Raises:
        SessionNotFound: they are of a session that the caller does not reach.
        MessageNotFound: one of them is gone.
    """
    there = sorted(tx.messages.by_ids(ids, owner=owner), key=lambda one: one.seq)
    if len(there) < len(ids):
        raise MessageNotFound
    tx.sessions.get(there[0].session_id, owner=owner)
    return there
