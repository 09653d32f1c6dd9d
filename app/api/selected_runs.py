"""Runs that requests of other protocols have selected, and what is told of them in headers."""

from collections.abc import Sequence
from dataclasses import replace

from app.api.deps import Services
from app.api.selection import (
    MODE_HEADER,
    PROFILE_HEADER,
    RUN_HEADER,
    SESSION_HEADER,
    TASK_PROMPT,
    Selection,
)
from app.core.errors import InvalidInput
from app.core.privacy import PrivacyMode, strictest
from app.models.ids import SessionId
from app.models.message import FinishReason, Role
from app.models.user import Caller
from app.schemas.fields import MAX_MESSAGE_LENGTH
from app.services.appending import PastMessage
from app.services.runs import Run, RunIds
from app.services.supplied import SuppliedTalk
from app.services.supplied_turns import SuppliedRequest


async def answering(
    services: Services, caller: Caller, selection: Selection, talk: SuppliedTalk
) -> Run:
    """The run that answers a conversation: in a session, if one is selected, or as its client has it.

    Raises:
        ProfileNotFound: absent, or someone else's.
        AppError: as `answer_in_session` says.
    """
    if talk.question.content.startswith(TASK_PROMPT):
        selection = replace(selection, mode=PrivacyMode.INCOGNITO)
    if selection.session_id is not None:
        return await answer_in_session(services, caller, selection, talk)
    return await services.chat.start_supplied(
        SuppliedRequest(
            caller=caller,
            profile=selection.profile,
            mode=selection.mode,
            talk=talk,
            ids=RunIds(),
        )
    )


def told(run: Run) -> dict[str, str]:
    """What was in force, as headers."""
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
) -> Run:
    """The run that answers a conversation's last message in a session, which has its own history.

    A conversation that ends with the results of tools goes on with the turn that asked for them; else
    what is past is kept with the message. What is sent again because its answer has failed is not written
    down again.

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
    if talk.after or await _failed_before(services, caller, selection, session_id, said=said):
        return await services.chat.regenerate(caller, session_id, mode=selection.mode, talk=talk)
    return await services.chat.start_run(
        caller, session_id, text, mode=selection.mode, talk=talk, past=past
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
