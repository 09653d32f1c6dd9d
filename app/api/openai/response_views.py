"""Responses that were asked for before: from their runs, or from the messages that these have left."""

from typing import Final

from app.api.deps import Services
from app.api.openai.response_state import INCOMPLETE, STATUSES, ResponseState
from app.core.errors import MessageNotFound, RunBufferGone, RunNotFound, SessionNotFound
from app.core.surface_errors import ResponseNotFound
from app.models.ids import RunId
from app.models.user import Caller
from app.schemas.memories import UsedMemory
from app.schemas.openai_answers import CompletionMemory
from app.schemas.openai_ids import Kind, id_in, named
from app.schemas.openai_response_answers import (
    ConversationName,
    MessageItem,
    ResponseAnswer,
    ResponseFailure,
    ResponseUsage,
    seconds_of,
    told_of,
)
from app.services.remote_run import RemoteRun
from app.services.run_views import RunView
from app.services.runs import Run

_BROKEN: Final = ResponseFailure(code="server_error", message="The answer broke off")


def run_named(response_id: str) -> RunId:
    """The run of a response.

    Raises:
        ResponseNotFound: this is no response's id.
    """
    run_id = id_in(Kind.RESPONSE, response_id)
    if run_id is None:
        raise ResponseNotFound
    return RunId(run_id)


def state_of(run: Run | RemoteRun) -> ResponseState:
    """The state of a run's response before the run's first event."""
    if isinstance(run, RemoteRun):
        return ResponseState(run.trace.id, {}, in_session=True)
    repeated = run.talk.repeated if run.talk else {}
    return ResponseState(run.id, repeated, in_session=not run.is_supplied)


async def followable(services: Services, caller: Caller, run_id: RunId) -> Run | RemoteRun:
    """The run of a response.

    Raises:
        ResponseNotFound: absent, or someone else's.
        RunBufferGone: its events are no longer kept.
    """
    try:
        return await services.run_views.followable(caller, run_id)
    except RunNotFound:
        raise ResponseNotFound from None


async def response_of(services: Services, caller: Caller, run_id: RunId) -> ResponseAnswer:
    """The response as it is now.

    Raises:
        ResponseNotFound: absent, someone else's, or not kept.
    """
    try:
        run = await services.run_views.followable(caller, run_id)
    except RunNotFound:
        raise ResponseNotFound from None
    except RunBufferGone:
        run = None
    if isinstance(run, Run):
        return state_of(run).take_all(run.log).answer()
    return _as_kept(await view_named(services, caller, run_id))


async def cancelled(services: Services, caller: Caller, run_id: RunId) -> ResponseAnswer:
    """The response, which has ended.

    Raises:
        ResponseNotFound: absent, or someone else's.
    """
    try:
        await services.run_views.cancel(caller, run_id)
    except RunNotFound:
        raise ResponseNotFound from None
    run = services.state.runs.find(run_id, owner=caller.user_id)
    if run is not None:
        await run.wait()
    return await response_of(services, caller, run_id)


async def forget_response(services: Services, caller: Caller, run_id: RunId) -> None:
    """What was asked and answered is gone, and whatever was known from it alone.

    Raises:
        ResponseNotFound: absent, or someone else's.
    """
    try:
        view = await services.run_views.get(caller, run_id)
    except RunNotFound:
        raise ResponseNotFound from None
    run = services.state.runs.find(run_id, owner=caller.user_id)
    written = await services.chat.continuing.written_by(caller, view)
    for message_id in written:
        try:
            await services.mem0.forgetting.message(caller, view.session_id, message_id)
        except (MessageNotFound, SessionNotFound):
            continue
    if run is not None:
        services.state.runs.forget([run.ids.message_id, run.question_id], owner=caller.user_id)


async def view_named(services: Services, caller: Caller, run_id: RunId) -> RunView:
    """The run of a response that stands in a session.

    Raises:
        ResponseNotFound: absent, someone else's, or not kept.
    """
    try:
        view = await services.run_views.get(caller, run_id)
        session = (await services.sessions.get(caller, view.session_id)).session
    except (RunNotFound, SessionNotFound):
        raise ResponseNotFound from None
    if session.thread is not None:
        raise ResponseNotFound
    return view


def _as_kept(view: RunView) -> ResponseAnswer:
    status, answer = STATUSES[view.state], view.answer
    reason = INCOMPLETE.get(answer.finish_reason or "") if answer else None
    if reason is not None:
        status = "incomplete"
    return ResponseAnswer(
        **told_of({}),
        id=named(Kind.RESPONSE, view.id),
        created_at=seconds_of(view.id),
        status=status,
        error=_BROKEN if status == "failed" else None,
        incomplete_details=reason,
        conversation=ConversationName(id=named(Kind.CONVERSATION, view.session_id)),
        output=[MessageItem.of(answer)] if answer and answer.content else [],
        usage=ResponseUsage.of(answer.usage) if answer and answer.usage else None,
        memorychat=CompletionMemory(
            run_id=str(view.id),
            mode=view.privacy.mode,
            memories_used=[UsedMemory.of(one) for one in view.memories],
        ),
    )
