from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from app.api.begun import BegunRun
from app.api.deps import ChatUser, Services, limit_turns
from app.api.intended_runs import Again
from app.api.openai.chunks import ChunkEncoder
from app.api.problems import compatible_problems
from app.api.repeating import Repeatable, Repeating
from app.api.selected_runs import answering_once, ended, told
from app.api.selection import (
    explained,
    named_model,
    selection_of,
)
from app.api.sse import EventStream
from app.api.streams import event_stream
from app.core.errors import ProfileNotFound
from app.models.user import Caller
from app.schemas.openai import ChatCompletionRequest
from app.schemas.openai_answers import ChatCompletion
from app.services.run_events import RunEvent
from app.services.runs import Run

router = APIRouter(
    prefix="/v1", tags=["openai"], responses=compatible_problems(401, 404, 409, 429, 502)
)

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A completion, or with `stream` chunks of one. What was done stands in the headers "
        "`X-Memory-Mode`, `X-Memory-Profile` and `X-Memory-Run`, and beside the (first) choice in "
        "`memorychat`: the run, the mode, and the memories that were read.",
        "content": event_stream("ChatCompletionChunk"),
    }
}


@router.post("/chat/completions", response_model=ChatCompletion, responses=_ANSWERS)
async def create_chat_completion(
    body: ChatCompletionRequest,
    request: Request,
    caller: ChatUser,
    services: Services,
    repeatable: Repeatable,
) -> Any:
    """Answer a conversation that its client keeps, as OpenAI's chat completions do.

    The last message of the user is learnt from, once, however often the conversation is sent. Profile
    and mode are selected by `X-Memory-Profile` and `X-Memory-Mode`, by `memorychat` or `metadata` in the
    body, or by the model's name; the strictest mode of all wins.

    In a session, `X-Memory-Session`, a repetition with the same `Idempotency-Key` is answered again, and
    an answer goes on when its client is lost.
    """
    await limit_turns(request, services, caller)
    permit = services.state.streams.admit(caller)
    run = await _started(body, request, caller, services, repeatable)
    if body.stream:
        batches = await _events(run, request, caller, services)
        encoder = _encoder(run, body)
        return EventStream(batches, permit=permit, encode=encoder.encode, headers=told(run))
    if isinstance(run, Again):
        view, log = run.answered(), await run.log(services, caller)
    else:
        view = await ended(run, request.receive)
        log = run.log
    answer = ChatCompletion.of(view, model=body.model, at=_began_at(run), events=log)
    return Response(answer.model_dump_json(), media_type="application/json", headers=told(run))


async def _started(
    body: ChatCompletionRequest,
    request: Request,
    caller: Caller,
    services: Services,
    repeating: Repeating,
) -> Run | Again:
    model = named_model(body.model, answering=services.llm.name)
    selection = selection_of(request.headers, body.slots, model, stores=body.store is not False)
    try:
        return await answering_once(services, caller, selection, body.talk, repeating=repeating)
    except ProfileNotFound as error:
        raise explained(error, model) from None


async def _events(
    run: Run | Again, request: Request, caller: Caller, services: Services
) -> AsyncGenerator[Sequence[RunEvent]]:
    if isinstance(run, Again):
        return await run.events(services, caller)
    ends = not run.is_intended
    begun = BegunRun(run, silence_s=services.keepalive_s, ends_with_client=ends)
    await begun.begin(request.receive)
    return begun.events()


def _encoder(run: Run | Again, body: ChatCompletionRequest) -> ChunkEncoder:
    started = run.view if isinstance(run, Again) else run
    options = body.stream_options
    return ChunkEncoder(
        run_id=started.id.hex,
        model=body.model,
        at=_began_at(run),
        told={"run_id": str(started.id), "mode": started.privacy.mode, "memories_used": []},
        with_usage=bool(options and options.include_usage),
    )


def _began_at(run: Run | Again) -> datetime:
    return run.began_at if isinstance(run, Again) else run.started_at
