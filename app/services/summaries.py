from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.core.privacy import POLICIES
from app.models.ids import SessionId
from app.models.message import Message
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.llm_service import LLMService
from app.services.prompts import PromptBuilder
from app.services.turn_parts import Substitutions

MAX_ROUNDS: Final = 20
"""Prompts that one request may cost; a longer conversation is summarised further by the next one."""

MAX_MESSAGES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What a conversation was about."""

    text: str | None
    """None when nothing has been said."""
    upto_seq: int
    """The position of the last message that it covers."""
    message_count: int = 0
    """How many messages it covers."""


class Summaries:
    """Summaries of sessions, carried on from where the last one ended, and kept beside the session.

    A session that keeps nothing has its summary made anew each time, and not kept either.
    """

    def __init__(
        self,
        database: Database,
        *,
        parts: Substitutions,
        llm: LLMService,
        prompts: PromptBuilder,
    ) -> None:
        self._database = database
        self._parts = parts
        self._llm = llm
        self._prompts = prompts

    async def of(self, caller: Caller, session_id: SessionId) -> Summary:
        """The summary of everything that has been said.

        Raises:
            SessionNotFound: absent, or someone else's.
            ModelRefused: the model endpoint refused.
            ModelUnavailable: the model does not answer.
        """
        session, unread = await self._database.read(
            lambda tx: self._unsummarised(tx, caller, session_id), by=caller
        )
        retain = POLICIES[session.privacy_mode].retain
        summary = Summary(session.summary, session.summary_seq) if retain else Summary(None, 0)
        messages = unread
        for _ in range(MAX_ROUNDS):
            if not messages:
                break
            packed = self._prompts.summary(messages, previous=summary.text)
            completion = await self._llm.complete(packed.prompt)
            summary = Summary(completion.text.strip(), packed.through_seq)
            messages = [message for message in messages if message.seq > packed.through_seq]
        if retain:
            read = [message for message in unread if message.seq <= summary.upto_seq]
            await self._database.write(lambda tx: _keep(tx, session, summary, read=read), by=caller)
        return replace(summary, message_count=await self._count(caller, session, summary.upto_seq))

    async def _count(self, caller: Caller, session: Session, upto_seq: int) -> int:
        def work(tx: Transaction) -> int:
            if POLICIES[session.privacy_mode].retain:
                return tx.messages.count(session.id, upto_seq=upto_seq)
            return len(self._parts.unkept.recent(tx, session, limit=MAX_MESSAGES))

        return await self._database.read(work, by=caller)

    def _unsummarised(
        self, tx: Transaction, caller: Caller, session_id: SessionId
    ) -> tuple[Session, Sequence[Message]]:
        session = tx.sessions.get(session_id, owner=caller.user_id)
        if POLICIES[session.privacy_mode].retain:
            return session, tx.messages.after_seq(
                session_id, seq=session.summary_seq, limit=MAX_MESSAGES
            )
        return session, self._parts.unkept.recent(tx, session, limit=MAX_MESSAGES)


def _keep(tx: Transaction, before: Session, summary: Summary, *, read: Sequence[Message]) -> None:
    """Keeps the summary, unless something that it was made from has been forgotten meanwhile."""
    session = tx.sessions.get(before.id, owner=before.user_id)
    there = tx.messages.by_ids([message.id for message in read], owner=before.user_id)
    told = {message.id for message in there if not message.repeats_forgotten}
    is_complete = len(there) == len(read) and told == {
        message.id for message in read if not message.repeats_forgotten
    }
    if summary.text and is_complete and session.summary_seq == before.summary_seq:
        tx.sessions.summarise(session.id, summary.text, upto_seq=summary.upto_seq)
