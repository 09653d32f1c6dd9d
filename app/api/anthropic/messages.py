import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from app.api.anthropic.events import MessageEncoder
from app.api.anthropic.failures import PATH, id_header
from app.api.begun import BegunRun
from app.api.deps import ChatUser, Services, limit_turns
from app.api.problems import message_failures
from app.api.repeating import NOT_REPEATABLE
from app.api.selected_runs import answering, ended, told
from app.api.selection import explained, named_model, selection_of
from app.api.sse import EventStream
from app.api.streams import event_stream
from app.core.errors import ProfileNotFound
from app.models.user import Caller
from app.schemas.anthropic import MessageRequest, TokenCountRequest
from app.schemas.anthropic_answers import AnsweredMessage, TokenCount
from app.services.open_streams import Permit
from app.services.runs import Run

router = APIRouter(prefix=PATH, tags=["anthropic"])

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A message, or with `stream` the events of one. What was done stands in the headers "
        "`X-Memory-Mode`, `X-Memory-Profile` and `X-Memory-Run`, and in the (first) message under "
        "`memorychat`: the run, the mode, and the memories that were read.",
        "content": event_stream("MessageStreamEvent"),
    }
}


@router.post(
    "",
    response_model=AnsweredMessage,
    responses={**message_failures(401, 404, 409, 429, 502), **_ANSWERS},
    dependencies=NOT_REPEATABLE,
)
async def create_message(
    body: MessageRequest, request: Request, caller: ChatUser, services: Services
) -> Any:
    """Answer a conversation that its client keeps, as Anthropic's messages do.

    The last message of the user is learnt from, once, however often the conversation is sent. Profile
    and mode are selected by `X-Memory-Profile` and `X-Memory-Mode`, by `memorychat` or `metadata` in the
    body, or by the model's name; the strictest mode of all wins.
    """
    await limit_turns(request, services, caller)
    permit = services.state.streams.admit(caller)
    run = await _started(body, request, caller, services)
    if body.stream:
        return await _streamed(run, body, request, services, permit=permit)
    view = await ended(run, request.receive)
    answer = AnsweredMessage.of(view, model=body.model, events=run.log)
    return Response(
        answer.model_dump_json(),
        media_type="application/json",
        headers={**told(run), **id_header()},
    )


@router.post("/count_tokens", responses=message_failures(401, 404, 429))
async def count_message_tokens(
    body: TokenCountRequest, response: Response, caller: ChatUser, services: Services
) -> TokenCount:
    """Count the tokens of a conversation: an estimate, without what would be remembered for it."""
    named_model(body.model, answering=services.llm.name)
    response.headers.update(id_header())
    counted = await asyncio.to_thread(services.llm.count_tokens, body.words)
    return TokenCount(input_tokens=counted)


async def _started(
    body: MessageRequest, request: Request, caller: Caller, services: Services
) -> Run:
    model = named_model(body.model, answering=services.llm.name)
    selection = selection_of(request.headers, body.slots, model, stores=body.store is not False)
    try:
        return await answering(services, caller, selection, body.talk)
    except ProfileNotFound as error:
        raise explained(error, model) from None


async def _streamed(
    run: Run, body: MessageRequest, request: Request, services: Services, *, permit: Permit
) -> EventStream:
    begun = BegunRun(run, silence_s=services.keepalive_s, ends_with_client=True)
    await begun.begin(request.receive)
    encoder = MessageEncoder(
        run_id=run.id.hex,
        model=body.model,
        told={"run_id": str(run.id), "mode": run.privacy.mode, "memories_used": []},
    )
    return EventStream(
        begun.events(),
        permit=permit,
        encode=encoder.encode,
        headers={**told(run), **id_header()},
    )
