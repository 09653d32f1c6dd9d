from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.errors import AppError, RunBufferGone, RunNotFound, SessionNotFound
from app.core.privacy import EffectivePrivacy, strictest
from app.models.ids import JobId, MessageId, RunId, SessionId
from app.models.memory import Recalled
from app.models.message import FinishReason, Message, Role
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.services.remote_run import RemoteRun, RunTrace
from app.services.run_events import RunState
from app.services.run_exchange import RunExchange
from app.services.runs import Run, Runs
from app.services.used import used_by


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as it can be told, while it is under way and long after."""

    id: RunId
    session_id: SessionId
    state: RunState
    privacy: EffectivePrivacy
    message_id: MessageId | None
    """Of the answer; None when there will be none."""
    answer: Message | None
    memories: Sequence[Recalled]
    memory_job_id: JobId | None
    failure: AppError | None


class RunViews:
    """Runs as clients see them: from this process, from another, or from the messages they left."""

    def __init__(self, database: Database, *, runs: Runs, elsewhere: RunExchange) -> None:
        self._database = database
        self._runs = runs
        self._elsewhere = elsewhere

    async def get(self, caller: Caller, run_id: RunId) -> RunView:
        """The run.

        Raises:
            RunNotFound: absent, someone else's, or it left nothing behind.
            WrongProcess: another process has it, and it is not retained.
            PeersUnavailable: another process may have it, and does not answer.
        """
        run = self._runs.find(run_id, owner=caller.user_id)
        if run is not None:
            return view_of(await self._in_reach(caller, run))
        view = await self._seen(caller, run_id)
        if not await self._reaches(caller, view.session_id):
            raise RunNotFound
        return view

    async def _seen(self, caller: Caller, run_id: RunId) -> RunView:
        """The run, which is none of this process."""
        left = await self._left_behind(caller, run_id)
        if left is not None and left.state is not RunState.INTERRUPTED:
            return left
        there = await self._elsewhere.find(caller.user_id, run_id)
        if there is not None:
            return _seen_from_afar(there.trace)
        if left is None:
            raise RunNotFound
        return left

    async def followable(self, caller: Caller, run_id: RunId) -> Run | RemoteRun:
        """The run with its events, which `follow` tells.

        Raises:
            RunNotFound: absent, or someone else's.
            RunBufferGone: it is over, and its events are no longer kept.
            WrongProcess: another process has it, and it is not retained.
            PeersUnavailable: another process may have it, and does not answer.
        """
        run = self._runs.find(run_id, owner=caller.user_id)
        if run is not None:
            return await self._in_reach(caller, run)
        there = await self._elsewhere.find(caller.user_id, run_id)
        if there is not None:
            if not await self._reaches(caller, there.trace.session_id):
                raise RunNotFound
            return there
        left = await self._left_behind(caller, run_id)
        if left is None or not await self._reaches(caller, left.session_id):
            raise RunNotFound
        raise RunBufferGone

    async def cancel(self, caller: Caller, run_id: RunId) -> None:
        """The run ends, if it has not ended yet.

        Raises:
            RunNotFound: absent, or someone else's.
            WrongProcess: another process has it, and it is not retained.
            PeersUnavailable: another process may have it, and does not answer.
        """
        view = await self.get(caller, run_id)
        run = self._runs.find(run_id, owner=caller.user_id)
        if run is not None:
            run.cancel()
            return
        if view.state is RunState.RUNNING:
            await self._elsewhere.cancel(caller.user_id, run_id)

    async def under_way(self, caller: Caller, session_id: SessionId) -> Run | RemoteRun | None:
        """The run that answers a session's last message at this moment.

        Raises:
            SessionNotFound: absent, or someone else's.
            WrongProcess: another process has it, and it is not retained.
            PeersUnavailable: another process may have it, and does not answer.
        """
        for run in self._runs.active:
            if (run.session_id, run.user_id) == (session_id, caller.user_id):
                if not await self._reaches(caller, session_id):
                    raise SessionNotFound
                return run
        run_id = await self._database.read(
            lambda tx: _unanswered(tx, caller, session_id), by=caller
        )
        return await self._elsewhere.find(caller.user_id, run_id) if run_id else None

    async def _in_reach(self, caller: Caller, run: Run) -> Run:
        """The run of this process.

        Raises:
            RunNotFound: the caller is bound to a profile, and it is about another one.
        """
        if run.is_supplied:
            is_there = caller.within in {None, run.profile_id}
        else:
            is_there = await self._reaches(caller, run.session_id)
        if not is_there:
            raise RunNotFound
        return run

    async def _reaches(self, caller: Caller, session_id: SessionId) -> bool:
        """Whether the caller reaches every profile that the session is about."""
        if caller.within is None:
            return True
        try:
            await self._database.read(
                lambda tx: tx.sessions.get(session_id, owner=caller.user_id), by=caller
            )
        except SessionNotFound:
            return False
        return True

    async def _left_behind(self, caller: Caller, run_id: RunId) -> RunView | None:
        return await self._database.read(lambda tx: _from_messages(tx, caller, run_id), by=caller)


def view_of(run: Run) -> RunView:
    """A run of this process."""
    result = run.result
    return RunView(
        id=run.id,
        session_id=run.session_id,
        state=run.state,
        privacy=run.privacy,
        message_id=run.ids.message_id,
        answer=result.answer if result else None,
        memories=result.memories if result else (),
        memory_job_id=result.memory_job_id if result else None,
        failure=result.failure if result else None,
    )


_STATES = {
    FinishReason.CANCELLED: RunState.CANCELLED,
    FinishReason.ERROR: RunState.FAILED,
}


def _seen_from_afar(trace: RunTrace) -> RunView:
    """A run of another process, under way or ended without an answer."""
    return RunView(
        id=trace.id,
        session_id=trace.session_id,
        state=trace.state,
        privacy=trace.privacy,
        message_id=trace.message_id,
        answer=None,
        memories=(),
        memory_job_id=None,
        failure=None,
    )


def _from_messages(tx: Transaction, caller: Caller, run_id: RunId) -> RunView | None:
    messages = tx.messages.of_run(run_id, owner=caller.user_id)
    if not messages:
        return None
    last = messages[-1]
    answer = last if last.role is Role.ASSISTANT else None
    state = RunState.INTERRUPTED
    if answer is not None and answer.finish_reason is not None:
        state = _STATES.get(answer.finish_reason, RunState.COMPLETED)
    return RunView(
        id=run_id,
        session_id=last.session_id,
        state=state,
        privacy=_privacy(messages),
        message_id=answer.id if answer else None,
        answer=answer,
        memories=used_by(tx, answer) if answer else (),
        memory_job_id=next((m.job_id for m in reversed(messages) if m.job_id), None),
        failure=None,
    )


def _unanswered(tx: Transaction, caller: Caller, session_id: SessionId) -> RunId | None:
    session = tx.sessions.get(session_id, owner=caller.user_id)
    said = tx.messages.recent(session.id, limit=1)
    return said[0].run_id if said and said[0].role is Role.USER else None


def _privacy(messages: Sequence[Message]) -> EffectivePrivacy:
    said = messages[-1]
    privacy = replace(strictest(said.privacy_mode), tightened_by=said.tightened_by)
    learn = any(message.learnable for message in messages)
    return replace(privacy, policy=replace(privacy.policy, learn=privacy.policy.learn and learn))
