"""Turns of conversations that their clients keep: nothing is kept here but what may be learnt from."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import orjson

from app.core.privacy import EffectivePrivacy, PrivacyMode
from app.models.clock import Clock
from app.models.message import Message
from app.models.profile import Profile
from app.models.session import Session, new_session
from app.models.user import Caller
from app.ports.chat_model import GivenMessage
from app.ports.database import Transaction
from app.ports.transcript import Transcript
from app.services.bounding import TokenBounds
from app.services.earshot import EARSHOT, may_return, withhold_told
from app.services.own_profiles import profile_called
from app.services.quotas import Quotas
from app.services.runs import RunIds
from app.services.supplied import SuppliedTalk
from app.services.titles import title_from
from app.services.turn import Request, Turn
from app.services.turn_messages import said
from app.services.turn_parts import Substitutions
from app.services.turn_privacy import Exposure, effective_privacy, exposure_of, no_looser
from app.services.zones import zone_of

LONGEST_LEARNT: Final = 32_000
"""Characters of a message, as everywhere else; a longer one is answered, and not learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedRequest:
    """Who asks for an answer to such a conversation, on which profile, and how privately."""

    caller: Caller
    profile: str | None
    """Its id or its name; None for the default one."""
    mode: PrivacyMode | None
    talk: SuppliedTalk
    ids: RunIds


class SuppliedDesk:
    """Opens turns of conversations that their clients keep.

    A client sends the whole of it again with every request, and again when it retries or wants another
    answer. So the user's last message alone is learnt from, once; what a conversation has been learnt
    from stands together, as messages of a session that is no conversation itself.
    """

    def __init__(
        self,
        parts: Substitutions,
        *,
        quotas: Quotas,
        bounds: TokenBounds,
        secret: str,
        zone: tzinfo,
        clock: Clock,
    ) -> None:
        self._parts = parts
        self._quotas = quotas
        self._bounds = bounds
        self._secret = secret
        self._zone = zone
        self._clock = clock

    def writes(self, *, learns: bool) -> bool:
        """Whether something may have to be written to open a turn."""
        return learns or self._quotas.reserves

    def open(self, tx: Transaction, request: SuppliedRequest) -> Turn:
        """A turn, its question written down if it may be learnt from and was not before.

        Raises:
            ProfileNotFound: absent, or someone else's.
            UserNotFound: the account is gone.
            QuotaExceeded: the user's plan has no turn left, and nothing was written.
        """
        caller, talk = request.caller, request.talk
        profile = profile_called(tx, request.profile, owner=caller.user_id)
        reservation = self._quotas.reserve(
            tx, caller, tokens=lambda: self._bounds.of_talk(profile, talk, now=self._clock())
        )
        thread = self._digest(profile, [_first_question(talk)])
        session = tx.threads.find(thread, owner=caller.user_id) or new_session(
            profile.namespace, at=self._clock(), thread=thread
        )
        privacy = effective_privacy(session, profile, by=caller, request=request.mode)
        parts = self._parts.under(privacy.policy)
        if privacy.policy.learn and self._is_news(tx, request, profile):
            session = tx.threads.open(session, tenant_id=caller.tenant_id)
            question = self._kept(tx, session, profile, request, privacy, parts.transcript)
        else:
            question = self._said(session, request, privacy, exposure=None)
        return Turn(
            request=Request(
                caller=caller, session_id=session.id, mode=request.mode, ids=request.ids
            ),
            session=session,
            profile=profile,
            privacy=privacy,
            parts=parts,
            question=question,
            reservation=reservation,
            history=(),
            zone=zone_of(tx, caller.user_id, default=self._zone),
            talk=talk,
        )

    def settle(self, tx: Transaction, request: SuppliedRequest) -> Session:
        """A new session for the conversation, in no looser mode than is asked for.

        What its question may teach is learnt there, and not again when a client brings the
        conversation along as its own.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """
        caller = request.caller
        profile = profile_called(tx, request.profile, owner=caller.user_id)
        mode = no_looser(request.mode or PrivacyMode.NORMAL, by=caller)
        session = new_session(profile.namespace, at=self._clock(), mode=mode)
        tx.sessions.add(session, tenant_id=caller.tenant_id)
        if effective_privacy(session, profile, by=caller).policy.learn:
            self._is_news(tx, request, profile)
        return session

    def _kept(
        self,
        tx: Transaction,
        session: Session,
        profile: Profile,
        request: SuppliedRequest,
        privacy: EffectivePrivacy,
        transcript: Transcript,
    ) -> Message:
        caller, text = request.caller, request.talk.question.content
        earlier = transcript.recent(tx, session, limit=EARSHOT)
        returns = may_return(profile, text, earlier=earlier)
        exposure = exposure_of(profile, learnable=True, returns=returns)
        message = self._said(session, request, privacy, exposure=exposure)
        [placed] = transcript.append(tx, session, [message], caller=caller, answered=True)
        transcript.entitle(tx, session, title_from(text))
        if not returns:
            withhold_told(tx, session, earlier=earlier, said=[text], caller=caller)
        return placed

    def _said(
        self,
        session: Session,
        request: SuppliedRequest,
        privacy: EffectivePrivacy,
        *,
        exposure: Exposure | None,
    ) -> Message:
        return said(
            session,
            request.talk.question.content,
            privacy=privacy,
            exposure=exposure or Exposure(searchable=False, withheld=False),
            learnable=exposure is not None,
            run_id=request.ids.run_id,
            at=self._clock(),
        )

    def _is_news(self, tx: Transaction, request: SuppliedRequest, profile: Profile) -> bool:
        talk = request.talk
        text = talk.question.content
        if not text.strip() or len(text) > LONGEST_LEARNT:
            return False
        digest = self._digest(profile, [*talk.before, talk.question])
        return tx.threads.hear(digest, by=request.caller, at=self._clock())

    def _digest(self, profile: Profile, messages: Iterable[GivenMessage]) -> str:
        """Which words these are, for nobody who has not the installation's secret."""
        words = [[one.role, one.content] for one in messages if one.role in _SPEAKERS]
        told = orjson.dumps(["conversation", profile.id, words])
        return hmac.new(self._secret.encode(), told, hashlib.sha256).hexdigest()


_SPEAKERS: Final = ("user", "assistant")


def _first_question(talk: SuppliedTalk) -> GivenMessage:
    return next((one for one in talk.before if one.role == "user"), talk.question)
