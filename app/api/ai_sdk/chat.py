from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from app.api.ai_sdk.parts import HEADERS, PartEncoder
from app.api.begun import BegunRun
from app.api.deps import ChatUser, Services, limit_turns
from app.api.intended_runs import Again
from app.api.problems import problems
from app.api.repeating import Repeatable
from app.api.selected_runs import answering_once, in_its_session, regenerating, session_id_of, told
from app.api.selection import NamedModel, selection_of
from app.api.sse import EventStream
from app.api.streams import event_stream
from app.core.errors import SessionNotFound
from app.models.user import Caller
from app.schemas.ai_sdk import UIChatRequest
from app.services.remote_run import RemoteRun
from app.services.run_events import RunEvent
from app.services.runs import Run

router = APIRouter(prefix="/api/chat", tags=["ai sdk"], responses=problems(401, 404, 409, 429, 502))

_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A UI message stream: `start`, `start-step`, `data-memory-used` when something was read, "
        "`text-start`, `text-delta`, `text-end`, `finish-step`, `finish`; `error` or `abort` where it broke off.",
        "content": event_stream("UIMessagePart"),
    }
}


_IDLE: Final[dict[int | str, dict[str, Any]]] = {204: {"description": "Nothing is being answered."}}


@router.post("", response_class=Response, responses=_STREAM)
async def answer_ui_chat(
    body: UIChatRequest,
    request: Request,
    caller: ChatUser,
    services: Services,
    repeatable: Repeatable,
) -> EventStream:
    """Answer a chat of the AI SDK's `useChat`, as a UI message stream.

    Profile and mode are selected by `X-Memory-Profile` and `X-Memory-Mode`, or by `memorychat` in the
    body; the strictest mode wins. In a session the answer goes on when the client has gone, until it is
    stopped; elsewhere it ends.
    """
    await limit_turns(request, services, caller)
    permit = services.state.streams.admit(caller)
    selection = selection_of(request.headers, body.slots, NamedModel(None, None), stores=True)
    selection = await in_its_session(services, caller, selection, body.id)
    if selection.session_id and body.trigger == "regenerate-message":
        run = await regenerating(services, caller, selection, body.talk, repeating=repeatable)
    else:
        run = await answering_once(services, caller, selection, body.talk, repeating=repeatable)
    return EventStream(
        await _events(run, request, caller, services),
        permit=permit,
        encode=PartEncoder().encode,
        headers={**HEADERS, **told(run)},
    )


async def _events(
    run: Run | Again, request: Request, caller: Caller, services: Services
) -> AsyncGenerator[Sequence[RunEvent]]:
    if isinstance(run, Again):
        return await run.events(services, caller)
    begun = BegunRun(run, silence_s=services.keepalive_s, ends_with_client=run.is_supplied)
    await begun.begin(request.receive)
    return begun.events()


@router.get("/{chat_id}/stream", response_class=Response, responses={**_STREAM, **_IDLE})
async def resume_ui_chat(chat_id: str, caller: ChatUser, services: Services) -> Response:
    """Follow the answer that is under way in a session, from its first word; 204 when none is."""
    run = await _under_way(services, caller, chat_id)
    if run is None:
        return Response(status_code=204)
    return EventStream(
        run.follow(silence_s=services.keepalive_s),
        permit=services.state.streams.admit(caller),
        encode=PartEncoder().encode,
        headers=HEADERS,
    )


@router.post("/{chat_id}/stop", status_code=204, response_class=Response)
async def stop_ui_chat(chat_id: str, caller: ChatUser, services: Services) -> None:
    """Stop the answer that is under way in a session, keeping what it has; nothing happens when none is."""
    run = await _under_way(services, caller, chat_id)
    if run is not None:
        run_id = run.id if isinstance(run, Run) else run.trace.id
        await services.run_views.cancel(caller, run_id)


async def _under_way(services: Services, caller: Caller, chat_id: str) -> Run | RemoteRun | None:
    """The run of a chat that is a session; the chats that clients keep have none that could be resumed."""
    session_id = session_id_of(chat_id)
    if session_id is None:
        return None
    with suppress(SessionNotFound):
        return await services.run_views.under_way(caller, session_id)
    return None
