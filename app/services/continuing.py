"""Where conversations go on that a client names by an answer: in its session, at its end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.privacy import POLICIES, PrivacyMode, strictest
from app.core.surface_errors import GoneOn, ResponseNotFound
from app.models.ids import MessageId, RunId, SessionId
from app.models.message import Message, Role
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.run_views import RunView
from app.services.runs import Runs
from app.services.turn_parts import Substitutions

MOST_COMPARED: Final = 500
"""The newest messages of a session, with which a client's may be the same."""


@dataclass(frozen=True, slots=True)
class End:
    """What a session ends with; None where nothing was said."""

    question: str | None
    """What the user has said last."""
    run_id: RunId | None
    """Of the last message."""


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody's words."""

    role: str
    content: str


class Continuing:
    """Finds the answers that clients go on from, and the sessions to go on in."""

    def __init__(self, database: Database, *, parts: Substitutions, runs: Runs) -> None:
        self._database = database
        self._parts = parts
        self._runs = runs

    async def messages(
        self, caller: Caller, ids: Iterable[MessageId]
    ) -> Mapping[MessageId, Message]:
        """Those of the messages that are kept, or that runs of this process have written lately."""
        wanted = set(ids)
        if not wanted:
            return {}
        written = [
            run.result.answer
            for run in self._runs.kept
            if run.result and run.result.answer and run.user_id == caller.user_id
        ]
        kept = await self._database.read(
            lambda tx: tx.messages.by_ids(wanted, owner=caller.user_id), by=caller
        )
        return {
            one.id: one
            for one in (*written, *kept)
            if one.id in wanted and caller.within in {None, one.profile_id}
        }

    async def is_as_said(
        self, caller: Caller, session_id: SessionId, said: Sequence[Said], *, without: RunId | None
    ) -> bool:
        """Whether the newest messages of a session are just these, `without` the answer of a run."""

        def work(tx: Transaction) -> bool:
            there = [
                Said(one.role, one.content)
                for one in self._newest(tx, caller, session_id, mode=None, limit=MOST_COMPARED)
                if one.content and (one.role is Role.USER or one.run_id != without)
            ]
            return bool(said) and there[-len(said) :] == list(said)

        return await self._database.read(work, by=caller)

    async def written_by(self, caller: Caller, view: RunView) -> Sequence[MessageId]:
        """What a run has asked and answered, as far as it is kept or held."""
        run = self._runs.find(view.id, owner=caller.user_id)
        held = [run.ids.message_id, run.question_id] if run else []
        kept = await self._database.read(
            lambda tx: tx.messages.of_run(view.id, owner=caller.user_id), by=caller
        )
        return list(dict.fromkeys([*reversed([one.id for one in kept]), *held]))

    async def end(self, caller: Caller, session_id: SessionId, *, mode: PrivacyMode | None) -> End:
        """What a session ends with, for a turn in a mode.

        Raises:
            SessionNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> End:
            newest = list(reversed(self._newest(tx, caller, session_id, mode=mode, limit=2)))
            asked = (one.content for one in newest if one.role is Role.USER)
            return End(next(asked, None), newest[0].run_id if newest else None)

        return await self._database.read(work, by=caller)

    def _newest(
        self,
        tx: Transaction,
        caller: Caller,
        session_id: SessionId,
        *,
        mode: PrivacyMode | None,
        limit: int,
    ) -> Sequence[Message]:
        session = tx.sessions.get(session_id, owner=caller.user_id)
        asked = strictest(session.privacy_mode, mode, caller.strictest_mode)
        transcript = self._parts.under(asked.policy).transcript
        return transcript.recent(tx, session, limit=limit)

    async def place_after(self, caller: Caller, view: RunView) -> SessionId:
        """The session in which the answer of a run is the last thing said.

        Raises:
            SessionNotFound: it is gone.
            ResponseNotFound: the conversation is its client's.
            GoneOn: more was said since.
        """

        def work(tx: Transaction) -> SessionId:
            session = tx.sessions.get(view.session_id, owner=caller.user_id)
            if session.thread is not None:
                raise ResponseNotFound
            keeps = view.privacy.policy.retain and POLICIES[session.privacy_mode].retain
            transcript = self._parts.kept if keeps else self._parts.unkept
            last = transcript.recent(tx, session, limit=1)
            if last and view.id != last[0].run_id:
                raise GoneOn
            return session.id

        return await self._database.read(work, by=caller)
