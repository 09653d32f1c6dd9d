from typing import Any, Final

from fastapi import APIRouter, Request, Response

from app.api.ag_ui.events import AgUiEncoder
from app.api.begun import BegunRun
from app.api.deps import ChatUser, Services, limit_turns
from app.api.problems import problems
from app.api.repeating import NOT_REPEATABLE
from app.api.selected_runs import answering, in_its_session, told
from app.api.selection import NamedModel, selection_of, unstored
from app.api.sse import EventStream
from app.api.streams import event_stream
from app.schemas.ag_ui import RunAgentRequest

router = APIRouter(prefix="/ag-ui", tags=["ag-ui"], responses=problems(401, 404, 409, 429, 502))

_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "AG-UI's events: `RUN_STARTED`, `CUSTOM` with the name `memory.used` when something was read, "
        "`TEXT_MESSAGE_START`, `TEXT_MESSAGE_CONTENT`, `TEXT_MESSAGE_END`, the same of `TOOL_CALL_`, and "
        "`RUN_FINISHED`, or `RUN_ERROR` where it broke off.",
        "content": event_stream("AgentStreamEvent"),
    }
}


@router.post("", response_class=Response, responses=_STREAM, dependencies=NOT_REPEATABLE)
async def run_ag_ui_agent(
    body: RunAgentRequest, request: Request, caller: ChatUser, services: Services
) -> EventStream:
    """Answer a conversation of an AG-UI client, such as CopilotKit, as a stream of its events.

    Profile and mode are selected by `X-Memory-Profile` and `X-Memory-Mode`, or by `memorychat` in
    `forwardedProps`; the strictest mode wins. In a session the answer goes on when the client has gone,
    until it is cancelled; elsewhere it ends.
    """
    await limit_turns(request, services, caller)
    permit = services.state.streams.admit(caller)
    selection = selection_of(request.headers, body.slots, NamedModel(None, None), stores=True)
    selection = await in_its_session(services, caller, selection, body.thread_id)
    if not body.stores:
        selection = unstored(selection)
    run = await answering(services, caller, selection, body.talk)
    begun = BegunRun(run, silence_s=services.keepalive_s, ends_with_client=run.is_supplied)
    await begun.begin(request.receive)
    encoder = AgUiEncoder(thread_id=body.thread_id, run_id=body.run_id, model=services.llm.name)
    return EventStream(begun.events(), permit=permit, encode=encoder.encode, headers=told(run))
