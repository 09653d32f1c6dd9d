from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from app.api.begun import BegunRun
from app.api.deps import ChatUser, Services, limit_turns
from app.api.hangup import until_gone
from app.api.openai.response_events import ResponseEvents
from app.api.openai.response_runs import ONLY_KEPT, responding
from app.api.openai.response_state import ResponseState
from app.api.openai.response_views import (
    cancelled,
    followable,
    forget_response,
    response_of,
    run_named,
    state_of,
)
from app.api.problems import compatible_problems
from app.api.repeating import NOT_REPEATABLE
from app.api.selected_runs import told
from app.api.selection import explained, named_model, selection_of
from app.api.sse import EventStream
from app.api.streams import event_stream
from app.core.errors import AppError, InvalidInput, ProfileNotFound, SessionNotFound
from app.core.surface_errors import ConversationNotFound
from app.models.clock import utc_now
from app.models.ids import time_of
from app.models.user import Caller
from app.schemas.openai_response_answers import ResponseAnswer, ResponseDeleted
from app.schemas.openai_responses import ResponseRequest
from app.services.open_streams import Permit
from app.services.run_views import view_of
from app.services.runs import Run

router = APIRouter(
    prefix="/v1/responses", tags=["openai"], responses=compatible_problems(401, 404, 409, 429)
)

_STREAMED: Final[dict[str, Any]] = event_stream("ResponseStreamEvent")
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A response, or with `stream` its events. What was done stands in the headers "
        "`X-Memory-Mode`, `X-Memory-Profile` and `X-Memory-Run`, and in the response's `memorychat`.",
        "content": _STREAMED,
    }
}
_READ: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A response, or with `stream` its events.", "content": _STREAMED}
}


_MILLISECOND: Final = timedelta(milliseconds=1)
"""Ids tell no less of their time."""


@router.post(
    "",
    response_model=ResponseAnswer,
    responses={**_ANSWERS, **compatible_problems(502)},
    dependencies=NOT_REPEATABLE,
)
async def create_response(
    body: ResponseRequest, request: Request, caller: ChatUser, services: Services
) -> Any:
    """Answer an input, as OpenAI's responses do.

    In a conversation, which is a session; after a response, in the session that it stands in; or in a new
    session. With `store: false`, and where the client brings along what was answered elsewhere, the
    conversation is its client's: of it, only the user's last message is learnt from, and once.
    A new session is gone again when the request fails.
    """
    await limit_turns(request, services, caller)
    permit = services.state.streams.admit(caller)
    began_at = utc_now()
    run = await _started(body, request, caller, services)
    if body.background:
        return _answered(run)
    try:
        if body.stream:
            return await _streamed(run, request, services, permit=permit)
        return await _whole(run, request)
    except AppError:
        if not run.is_supplied and time_of(run.session_id) >= began_at - _MILLISECOND:
            await services.mem0.forgetting.session(caller, run.session_id)
        raise


@router.get("/{response_id}", response_model=ResponseAnswer, responses=_READ)
async def read_response(
    response_id: str,
    caller: ChatUser,
    services: Services,
    *,
    stream: Annotated[
        bool, Query(description="Follow its events, as long as they are known.")
    ] = False,
    starting_after: Annotated[
        int, Query(ge=-1, description="The `sequence_number` of the last event seen.")
    ] = -1,
) -> Any:
    """Read a response, or take up its stream after an event."""
    run_id = run_named(response_id)
    if not stream:
        return await response_of(services, caller, run_id)
    run = await followable(services, caller, run_id)
    events = ResponseEvents(state_of(run), after=starting_after)
    return EventStream(
        run.follow(silence_s=services.keepalive_s),
        permit=services.state.streams.admit(caller),
        encode=events.encode,
    )


@router.post("/{response_id}/cancel")
async def cancel_response(response_id: str, caller: ChatUser, services: Services) -> ResponseAnswer:
    """Stop a response, keeping what there is of it. Nothing happens to one that has ended."""
    return await cancelled(services, caller, run_named(response_id))


@router.delete("/{response_id}")
async def delete_response(
    response_id: str, caller: ChatUser, services: Services
) -> ResponseDeleted:
    """Forget what was asked and answered, and whatever was known from it alone."""
    await forget_response(services, caller, run_named(response_id))
    return ResponseDeleted(id=response_id)


async def _started(
    body: ResponseRequest, request: Request, caller: Caller, services: Services
) -> Run:
    model = named_model(body.model, answering=services.llm.name)
    selection = selection_of(request.headers, body.slots, model, stores=True)
    try:
        run = await responding(services, caller, selection, body)
    except ProfileNotFound as error:
        raise explained(error, model) from None
    except SessionNotFound:
        raise ConversationNotFound from None
    if body.background and run.ephemeral:
        run.cancel()
        raise InvalidInput(ONLY_KEPT)
    return run


async def _whole(run: Run, request: Request) -> Response:
    try:
        await until_gone(run.wait(), request.receive)
    finally:
        run.cancel()
    if (failure := view_of(run).failure) is not None:
        raise failure
    return _answered(run)


async def _streamed(
    run: Run, request: Request, services: Services, *, permit: Permit
) -> EventStream:
    """A run that is kept goes on without its client, who may take it up again."""
    begun = BegunRun(run, silence_s=services.keepalive_s, ends_with_client=run.ephemeral)
    await begun.begin(request.receive)
    events = ResponseEvents(state_of(run))
    return EventStream(begun.events(), permit=permit, encode=events.encode, headers=told(run))


def _answered(run: Run) -> Response:
    answer = ResponseState.take_all(state_of(run), run.log).answer()
    return Response(answer.model_dump_json(), media_type="application/json", headers=told(run))
