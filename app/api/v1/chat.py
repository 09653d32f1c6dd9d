from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Request, Response

from app.api.deps import ChatUser, Services, limit_turns
from app.api.hangup import until_gone
from app.api.intended_runs import Again, Starting, begun
from app.api.problems import problems
from app.api.repeating import Repeatable, Repeating
from app.api.sse import EventStream
from app.api.streams import event_stream
from app.models.ids import SessionId
from app.models.user import Caller
from app.schemas.chat import ChatAnswer, ChatRequest, RegenerateRequest
from app.services.run_views import view_of
from app.services.runs import Run

router = APIRouter(prefix="/chat", tags=["chat"], responses=problems(401, 404, 409, 429, 502))

EVENTS = """\
The run's events. Each has an increasing `id`, its name as `event`, and JSON `data` that repeats the name as
`type`. A comment comes after every 15 s of silence. Types that are not known are to be ignored.
Within 10 s of the end of the login or the key that it was opened with, a stream closes without a last event.

- `run.started` run_id, session_id, user_message_id, message_id, model, privacy {mode, recall, learn, retain, tightened_by}
- `memory.used` memories [{id, memory_profile_id, content, score, layer, terms, kind, source_message_ids, source_document_id,
  quote {document_id, title, position, page} or null}]; absent when nothing was read;
  `unavailable: true` when memory could not be read
- `message.delta` message_id, delta
- `tool.call` message_id, index, call_id, name, arguments: the next piece of a call, its id and name with the first one and
  else null. Only where tools were sent, as the compatible APIs can; a session of this one sends none
- `message.completed` message_id, finish_reason (stop, length, content_filter, tool_calls, cancelled), content
- `usage` input_tokens, output_tokens, total_tokens
- `memory.pending` job_id, or `memory.skipped` reason (incognito, paused, nothing_to_save)
- `run.completed`, `run.failed` error {type, code, message} and retryable, or `run.cancelled`: exactly one, always last
"""

EVENT_STREAM: dict[int | str, dict[str, object]] = {
    200: {
        "description": EVENTS,
        "content": event_stream("RunStreamEvent"),
    }
}


@router.post("/{session_id}")
async def send_message(
    session_id: UUID,
    body: ChatRequest,
    request: Request,
    caller: ChatUser,
    services: Services,
    repeatable: Repeatable,
) -> ChatAnswer:
    """Send a message and wait for the whole answer.

    A repetition with the same `Idempotency-Key` is 409 (`idempotency-key-in-use`) until there is one,
    and gives a message that got none its answer.
    """
    run = await _start(request, services, caller, session_id, body, repeatable)
    return await _whole(run, request)


@router.post("/{session_id}/stream", response_class=Response, responses=EVENT_STREAM)
async def stream_message(
    session_id: UUID,
    body: ChatRequest,
    request: Request,
    caller: ChatUser,
    services: Services,
    repeatable: Repeatable,
) -> EventStream:
    """Send a message and follow the answer as server-sent events.

    A repetition with the same `Idempotency-Key` follows the answer from its first event, also while it
    is being written.
    """
    permit = services.state.streams.admit(caller)
    run = await _start(request, services, caller, session_id, body, repeatable)
    if isinstance(run, Again):
        return EventStream(await run.events(services, caller), permit=permit)
    return EventStream(run.follow(silence_s=services.keepalive_s), permit=permit)


@router.post("/{session_id}/regenerate")
async def regenerate_answer(
    session_id: UUID,
    request: Request,
    caller: ChatUser,
    services: Services,
    repeatable: Repeatable,
    body: Annotated[RegenerateRequest | None, Body()] = None,
) -> ChatAnswer:
    """Answer the last message anew; the old answer goes when the new one is there.

    The last of what such a turn sees: a single incognito turn in a session that is kept is answered
    anew by asking in incognito, and is otherwise passed over, as in every later prompt.
    """
    await limit_turns(request, services, caller)
    mode = body.privacy_mode if body else None
    chat = services.chat
    starting = Starting(
        anew=lambda intent: chat.regenerate(
            caller, SessionId(session_id), mode=mode, intent=intent
        ),
        after_all=partial(chat.answer_after_all, caller, mode=mode),
    )
    return await _whole(await begun(repeatable, services, caller, starting), request)


async def _start(
    request: Request,
    services: Services,
    caller: Caller,
    session_id: UUID,
    body: ChatRequest,
    repeating: Repeating,
) -> Run | Again:
    await limit_turns(request, services, caller)
    chat, mode = services.chat, body.privacy_mode
    starting = Starting(
        anew=lambda intent: chat.start_run(
            caller, SessionId(session_id), body.message, mode=mode, intent=intent
        ),
        after_all=partial(chat.answer_after_all, caller, mode=mode),
    )
    return await begun(repeating, services, caller, starting)


async def _whole(run: Run | Again, request: Request) -> ChatAnswer:
    """The run's answer; a client that hangs up loses it, and ends a run that is not kept."""
    if isinstance(run, Again):
        return ChatAnswer.of(run.answered())
    await until_gone(run.wait(), request.receive)
    view = view_of(run)
    if view.failure is not None:
        raise view.failure
    return ChatAnswer.of(view)
