"""Runs that requests of other protocols have selected, and what is told of them in headers."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from starlette.types import Receive

from app.api.deps import Services
from app.api.hangup import until_gone
from app.api.intended_runs import Again, Starting, begun
from app.api.repeating import Repeating
from app.api.selection import (
    MODE_HEADER,
    PROFILE_HEADER,
    RUN_HEADER,
    SESSION_HEADER,
    TASK_PROMPT,
    Selection,
)
from app.core.errors import InvalidInput, SessionNotFound
from app.core.privacy import PrivacyMode, strictest
from app.models.ids import VERSION_OF_IDS, SessionId, id_of
from app.models.intent import Intent
from app.models.message import FinishReason, Role
from app.models.user import Caller
from app.schemas.fields import MAX_MESSAGE_LENGTH
from app.services.appending import PastMessage
from app.services.run_events import RunState
from app.services.run_views import RunView, view_of
from app.services.runs import Run, RunIds
from app.services.supplied import SuppliedTalk
from app.services.supplied_turns import SuppliedRequest


async def answering(
    services: Services,
    caller: Caller,
    selection: Selection,
    talk: SuppliedTalk,
    *,
    intent: Intent | None = None,
) -> Run:
    """The run that answers a conversation: in a session, if one is selected, or as its client has it.

    Raises:
        ProfileNotFound: absent, or someone else's.
        AppError: as `answer_in_session` says.
    """
    selection = replace(selection, mode=_mode(selection, talk))
    if selection.session_id is not None:
        return await answer_in_session(services, caller, selection, talk, intent=intent)
    return await services.chat.start_supplied(
        SuppliedRequest(
            caller=caller,
            profile=selection.profile,
            mode=selection.mode,
            talk=talk,
            ids=RunIds(),
        )
    )


async def answering_once(
    services: Services,
    caller: Caller,
    selection: Selection,
    talk: SuppliedTalk,
    *,
    repeating: Repeating,
) -> Run | Again:
    """The same, of a request that may be one that is sent again, in a session.

    Elsewhere that makes no difference: what is learnt from a conversation is learnt once, and its
    answer is kept nowhere.

    Raises:
        ProfileNotFound: absent, or someone else's.
        AppError: as `answer_in_session` and `begun` say.
    """
    if selection.session_id is None:
        return await answering(services, caller, selection, talk)
    starting = Starting(
        anew=lambda intent: answering(services, caller, selection, talk, intent=intent),
        after_all=partial(
            services.chat.answer_after_all, caller, mode=_mode(selection, talk), talk=talk
        ),
    )
    return await begun(repeating, services, caller, starting)


def _mode(selection: Selection, talk: SuppliedTalk) -> PrivacyMode | None:
    is_task = talk.question.content.startswith(TASK_PROMPT)
    return PrivacyMode.INCOGNITO if is_task else selection.mode


async def regenerating(
    services: Services,
    caller: Caller,
    selection: Selection,
    talk: SuppliedTalk,
    *,
    repeating: Repeating,
) -> Run | Again:
    """The run that answers a session's last message anew; the request may be one that is sent again.

    Raises:
        InvalidInput: no session is selected.
        AppError: as `ChatService.regenerate` and `begun` say.
    """
    session_id, mode, chat = selection.session_id, selection.mode, services.chat
    if session_id is None:
        raise InvalidInput("There is no session")
    starting = Starting(
        anew=lambda intent: chat.regenerate(
            caller, session_id, mode=mode, talk=talk, intent=intent
        ),
        after_all=partial(chat.answer_after_all, caller, mode=mode, talk=talk),
    )
    return await begun(repeating, services, caller, starting)


async def in_its_session(
    services: Services, caller: Caller, selection: Selection, conversation: str | None
) -> Selection:
    """The selection, with the session that a conversation's id is of, if none is selected.

    What is no session of the caller's is a conversation that its client keeps. If it may have been one,
    nothing is learnt from it: nobody knows in which mode a session was that is gone.
    """
    session_id = session_id_of(conversation or "")
    if selection.session_id is not None or session_id is None:
        return selection
    with suppress(SessionNotFound):
        await services.sessions.get(caller, session_id)
        return replace(selection, session_id=session_id)
    if session_id.version != VERSION_OF_IDS:
        return selection
    mode = strictest(selection.mode, PrivacyMode.PAUSE_MEMORIES).mode
    return replace(selection, mode=mode)


def session_id_of(text: str) -> SessionId | None:
    """What may be a session's id; None for what is no UUID."""
    session_id = id_of(text)
    return None if session_id is None else SessionId(session_id)


async def ended(run: Run, receive: Receive) -> RunView:
    """The run at its end, which is also when its client hangs up, unless that can ask for it again.

    Raises:
        AppError: why it has failed.
        UnexplainedFailureError: nobody has thought of that.
    """
    try:
        await until_gone(run.wait(), receive)
    finally:
        if not run.is_intended:
            run.cancel()
    view = view_of(run)
    if view.failure is not None:
        raise view.failure
    if view.state is RunState.FAILED:
        raise UnexplainedFailureError
    return view


class UnexplainedFailureError(Exception):
    """A run has failed, and its log alone says why."""


def told(run: Run | Again) -> dict[str, str]:
    """What was in force, as headers."""
    if isinstance(run, Again):
        view = run.view
        profile = {PROFILE_HEADER: str(view.answer.profile_id)} if view.answer else {}
        return {
            **profile,
            MODE_HEADER: view.privacy.mode,
            RUN_HEADER: str(view.id),
            SESSION_HEADER: str(view.session_id),
        }
    headers = {
        PROFILE_HEADER: str(run.profile_id),
        MODE_HEADER: run.privacy.mode,
        RUN_HEADER: str(run.id),
    }
    return headers if run.is_supplied else {**headers, SESSION_HEADER: str(run.session_id)}


async def answer_in_session(
    services: Services,
    caller: Caller,
    selection: Selection,
    talk: SuppliedTalk,
    *,
    past: Sequence[PastMessage] = (),
    intent: Intent | None = None,
) -> Run:
    """The run that answers a conversation's last message in a session, which has its own history.

    A conversation that ends with the results of tools goes on with the turn that asked for them; else
    what is past is kept with the message. What is sent again without a key because its answer has failed
    is not written down again.

    Raises:
        SessionNotFound: absent, or someone else's.
        NotAConversation: it holds what was learnt from another application's.
        RunInProgress: the session's last message is still being answered.
        InvalidInput: the message is empty or too long, or the session is on another profile.
    """
    session_id, text = selection.session_id, talk.question.content
    if session_id is None:
        raise InvalidInput("There is no session")
    if not text.strip() or len(text) > MAX_MESSAGE_LENGTH:
        raise InvalidInput(
            f"The user's last message has to have 1 to {MAX_MESSAGE_LENGTH} characters"
        )
    session = (await services.sessions.get(caller, session_id)).session
    if selection.profile is not None:
        profile = await services.supabase.profiles.called(caller, selection.profile)
        if profile.id != session.profile_id:
            raise InvalidInput("The session is on another memory profile")
    said = [*(one.content for one in past), text]
    if talk.after or (
        intent is None and await _failed_before(services, caller, selection, session_id, said=said)
    ):
        return await services.chat.regenerate(
            caller, session_id, mode=selection.mode, talk=talk, intent=intent
        )
    return await services.chat.start_run(
        caller, session_id, text, mode=selection.mode, talk=talk, past=past, intent=intent
    )


async def _failed_before(
    services: Services,
    caller: Caller,
    selection: Selection,
    session_id: SessionId,
    *,
    said: Sequence[str],
) -> bool:
    """Whether a session ends with these messages, and the answer has failed; in a mode as strict."""
    page = await services.sessions.messages(caller, session_id, before=None, limit=len(said) + 1)
    last = [view.message for view in page.items]
    if last and last[-1].finish_reason is FinishReason.ERROR:
        last.pop()
    last = last[-len(said) :]
    if [one.content for one in last] != list(said) or last[-1].role is not Role.USER:
        return False
    mode = last[-1].privacy_mode
    return strictest(mode, selection.mode or mode).mode is mode
