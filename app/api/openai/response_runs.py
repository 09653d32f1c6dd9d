"""The runs that answer responses: where each stands, and what it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.api.deps import Services
from app.api.openai.response_calls import last_calls, with_calls
from app.api.openai.response_references import GivenTalk, given_talk
from app.api.selected_runs import answer_in_session
from app.api.selection import TASK_MODEL, TASK_PROMPT, Selection
from app.core.errors import InvalidInput, RunNotFound
from app.core.privacy import POLICIES, PrivacyMode, strictest
from app.core.surface_errors import ConversationNotFound, ResponseNotFound
from app.models.ids import RunId, SessionId
from app.models.message import Role
from app.models.user import Caller
from app.ports.chat_model import GivenMessage
from app.schemas.fields import MAX_MESSAGE_LENGTH
from app.schemas.openai_ids import Kind, id_in
from app.schemas.openai_items import as_completions_have_them
from app.schemas.openai_messages import talk_with
from app.schemas.openai_responses import ResponseRequest
from app.services.appending import PastMessage
from app.services.continuing import Said
from app.services.run_views import RunView, view_of
from app.services.runs import Run, RunIds
from app.services.supplied import SuppliedTalk, Wishes
from app.services.supplied_turns import SuppliedRequest
from app.services.turn_privacy import no_looser

ONLY_KEPT: Final = "background: only what is kept here can be answered without its client"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, with what it selects."""

    body: ResponseRequest
    selection: Selection
    services: Services
    caller: Caller


async def responding(
    services: Services, caller: Caller, selection: Selection, body: ResponseRequest
) -> Run:
    """The run that answers a request: in its conversation, after its response, or by itself.

    Who brings along what was answered keeps the conversation: unless its last answer is one of ours,
    and the session that it stands in says just what the client does, so that it goes on there.

    Raises:
        ResponseNotFound: the one to go on from is absent, someone else's, or was not kept.
        ConversationNotFound: absent, or someone else's.
        ItemNotFound: one that is referred to is absent, or someone else's.
        CallsNotKept: outputs came without their calls, which are not known any more.
        AppError: as `answer_in_session` says.
    """
    asked = Asked(body, selection, services, caller)
    if body.background:
        _refuse_unkept(asked)
    given = await given_talk(services, caller, body.items)
    if body.previous_response_id is not None:
        asked = _no_looser_than(asked, given.strictest_mode())
        return await _after_response(asked, body.previous_response_id, given)
    if body.conversation_id is not None or selection.session_id is not None:
        asked = _no_looser_than(asked, given.strictest_mode())
        return await _in_session(asked, _session_of(asked), given.to_be_kept())
    return await _by_itself(asked, given)


def _session_of(asked: Asked) -> SessionId:
    named = asked.body.conversation_id
    session_id = (
        id_in(Kind.CONVERSATION, named) if named is not None else asked.selection.session_id
    )
    if session_id is None:
        raise ConversationNotFound
    return SessionId(session_id)


async def _after_response(asked: Asked, name: str, given: GivenTalk) -> Run:
    services, caller = asked.services, asked.caller
    run_id = id_in(Kind.RESPONSE, name)
    if run_id is None:
        raise ResponseNotFound
    run = services.state.runs.find(RunId(run_id), owner=caller.user_id)
    try:
        view = await services.run_views.get(caller, RunId(run_id))
    except RunNotFound:
        raise ResponseNotFound from None
    if run is not None and run.is_supplied:
        if run.talk is None:
            raise ResponseNotFound
        told = [*_told_in(run, run.talk), *given.messages]
        return await _supplied(_no_looser_than(asked, view.privacy.mode), told)
    return await _after(asked, view, given.to_be_kept())


def _told_in(run: Run, talk: SuppliedTalk) -> list[GivenMessage]:
    """All that a conversation consists of whose client keeps it, with its last answer."""
    answer = view_of(run).answer
    said = answer.content if answer else ""
    spoken = (
        [GivenMessage("assistant", said, {"role": "assistant", "content": said})] if said else []
    )
    return [*talk.before, talk.question, *talk.after, *spoken]


async def _after(asked: Asked, view: RunView, new: Sequence[GivenMessage]) -> Run:
    """No looser than the answer that it goes on from."""
    asked = _no_looser_than(asked, view.privacy.mode)
    session_id = await asked.services.chat.continuing.place_after(asked.caller, view)
    return await _in_session(asked, session_id, new, after=view.id)


async def _in_session(
    asked: Asked,
    session_id: SessionId,
    new: Sequence[GivenMessage],
    *,
    after: RunId | None = None,
) -> Run:
    """The turn that follows the answer of a run, the session's last one unless it is named."""
    selection = replace(asked.selection, mode=_mode(asked, in_session=True), session_id=session_id)
    said = new
    if any(one.role == "tool" for one in new):
        end = await asked.services.chat.continuing.end(
            asked.caller, session_id, mode=selection.mode
        )
        said = await with_calls(asked.services, asked.caller, after or end.run_id, new)
        if end.question is not None and all(one.role != "user" for one in new):
            asking = {"role": "user", "content": end.question}
            said = [GivenMessage("user", end.question, asking), *said]
    talk = _talk(said, asked.body.wishes)
    past = _past(talk)
    talk = replace(talk, between=last_calls(talk.before), repeated=asked.body.repeated)
    return await answer_in_session(asked.services, asked.caller, selection, talk, past=past)


async def _by_itself(asked: Asked, given: GivenTalk) -> Run:
    services, body = asked.services, asked.body
    talk = _talk(given.messages, body.wishes)
    is_task = body.model == TASK_MODEL or talk.question.content.startswith(TASK_PROMPT)
    if body.store is False or is_task:
        asked = _no_looser_than(asked, given.strictest_mode())
        return await _supplied(asked, given.messages, is_task=is_task)
    if given.answer is not None:
        view = await _view(asked, given.answer)
        if view and await _stands(asked, view, given):
            asked = _no_looser_than(asked, given.strictest_mode(start=given.answer_at))
            return await _after(asked, view, given.after_answer())
    asked = _no_looser_than(asked, given.strictest_mode())
    if given.refers or any(
        one.role not in {"user", "system", "developer"} for one in given.messages
    ):
        return await _supplied(asked, given.messages)
    _refuse_odd(talk.question)
    request = _request(asked, replace(talk, repeated=body.repeated))
    return await services.chat.start_new(request, past=_past(talk))


async def _view(asked: Asked, run_id: RunId) -> RunView | None:
    try:
        view = await asked.services.run_views.get(asked.caller, run_id)
    except RunNotFound:
        return None
    run = asked.services.state.runs.find(run_id, owner=asked.caller.user_id)
    return None if run is not None and run.is_supplied else view


async def _stands(asked: Asked, view: RunView, given: GivenTalk) -> bool:
    """Whether the session says what the client does, up to the answer, but for calls and words with them."""
    told = given.messages[: given.answer_at]
    said = [
        Said(one.role, one.content)
        for one, following in zip(told, [*given.messages[1:], None], strict=False)
        if one.role == "user" or (one.role == "assistant" and not _calls(following))
        if one.content
    ]
    return await asked.services.chat.continuing.is_as_said(
        asked.caller, view.session_id, said, without=view.id if _calls(told[-1]) else None
    )


def _calls(message: GivenMessage | None) -> bool:
    return message is not None and bool(message.body.get("tool_calls"))


async def _supplied(asked: Asked, said: Sequence[GivenMessage], *, is_task: bool = False) -> Run:
    if asked.body.background:
        raise InvalidInput(ONLY_KEPT)
    talk = replace(_talk(said, asked.body.wishes), repeated=asked.body.repeated)
    request = _request(asked, talk)
    if is_task:
        request = replace(request, mode=PrivacyMode.INCOGNITO)
    return await asked.services.chat.start_supplied(request)


def _request(asked: Asked, talk: SuppliedTalk) -> SuppliedRequest:
    return SuppliedRequest(
        caller=asked.caller,
        profile=asked.selection.profile,
        mode=_mode(asked, in_session=False),
        talk=talk,
        ids=RunIds(),
    )


def _refuse_unkept(asked: Asked) -> None:
    mode = no_looser(_mode(asked, in_session=True) or PrivacyMode.NORMAL, by=asked.caller)
    if not POLICIES[mode].retain:
        raise InvalidInput(ONLY_KEPT)


def _no_looser_than(asked: Asked, mode: PrivacyMode | None) -> Asked:
    if mode is None:
        return asked
    mode = strictest(asked.selection.mode, mode).mode
    return replace(asked, selection=replace(asked.selection, mode=mode))


def _mode(asked: Asked, *, in_session: bool) -> PrivacyMode | None:
    """What is selected, or stricter: what is not to be stored is not kept, and nothing is learnt."""
    if asked.body.store is not False:
        return asked.selection.mode
    unstored = PrivacyMode.INCOGNITO if in_session else PrivacyMode.PAUSE_MEMORIES
    return strictest(asked.selection.mode, unstored).mode


def _talk(said: Sequence[GivenMessage], wishes: Wishes) -> SuppliedTalk:
    try:
        return talk_with(as_completions_have_them(said), wishes)
    except ValueError:
        raise InvalidInput("The input has no message of the user's") from None


def _past(talk: SuppliedTalk) -> list[PastMessage]:
    """What was said before the question, to be kept with it."""
    said = [one for one in talk.before if one.role in {"user", "assistant"} and one.content.strip()]
    for one in said:
        _refuse_odd(one)
    return [
        PastMessage(role=Role(one.role), content=one.content, name=None, created_at=None)
        for one in said
    ]


def _refuse_odd(message: GivenMessage) -> None:
    if not message.content.strip() or len(message.content) > MAX_MESSAGE_LENGTH:
        raise InvalidInput(f"A message has to have 1 to {MAX_MESSAGE_LENGTH} characters")
