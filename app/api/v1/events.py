from fastapi import APIRouter, Response

from app.api.deps import CurrentUser, Services
from app.api.problems import problems
from app.api.sse import EventStream
from app.api.v1.chat import EVENT_STREAM

router = APIRouter(prefix="/events", tags=["feed"], responses=problems(401, 429))


@router.get("", response_class=Response, responses=EVENT_STREAM)
async def follow_events(caller: CurrentUser, services: Services) -> EventStream:
    """Follow what happens: `memory.saved`, `memory.superseded`, `session.updated`, from now on.

    Events carry ids. A client that was away reads its lists anew.
    """
    return EventStream(services.state.feed.follow(caller.user_id, silence_s=services.keepalive_s))
