from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from app.api.deps import ChatUser, Services
from app.api.problems import problems
from app.api.sse import EventStream
from app.api.v1.chat import EVENT_STREAM
from app.models.ids import RunId
from app.schemas.chat import RunAnswer

OfSession = Annotated[
    UUID | None,
    Query(
        alias="session_id",
        description="The run's session. Where several processes stand behind a proxy, it leads to the "
        "one that holds a run in incognito, of which others know nothing (409, `wrong-process`).",
    ),
]

router = APIRouter(prefix="/runs", tags=["runs"], responses=problems(401, 404, 409, 429))


@router.get("/{run_id}")
async def read_run(
    run_id: UUID, caller: ChatUser, services: Services, of_session: OfSession = None
) -> RunAnswer:
    """Read where a run stands, and what it read, kept and will learn."""
    return RunAnswer.of(await services.run_views.get(caller, RunId(run_id)))


@router.get("/{run_id}/events", response_class=Response, responses=EVENT_STREAM)
async def follow_run(
    run_id: UUID,
    caller: ChatUser,
    services: Services,
    after: Annotated[int, Query(ge=0, description="The number of the last event seen.")] = 0,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
    of_session: OfSession = None,
) -> EventStream:
    """Follow a run from the event after the last one seen."""
    run = await services.run_views.followable(caller, RunId(run_id))
    seen = last_event_id if last_event_id is not None else after
    return EventStream(
        run.follow(after=seen, silence_s=services.keepalive_s),
        permit=services.state.streams.admit(caller),
    )


@router.post("/{run_id}/cancel", status_code=202)
async def cancel_run(
    run_id: UUID, caller: ChatUser, services: Services, of_session: OfSession = None
) -> RunAnswer:
    """Stop a run, keeping the answer so far. Nothing happens to one that has ended."""
    await services.run_views.cancel(caller, RunId(run_id))
    return RunAnswer.of(await services.run_views.get(caller, RunId(run_id)))
