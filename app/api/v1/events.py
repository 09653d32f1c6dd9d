from fastapi import APIRouter, Response

from app.api.deps import ChatUser, Services
from app.api.problems import problems
from app.api.sse import EventStream
from app.api.streams import event_stream

NEWS: dict[int | str, dict[str, object]] = {
    200: {
        "description": (
            "`memory.saved` and `memory.superseded` with memory_id, memory_profile_id and, when it was "
            "learnt, job_id; `memory.moved` with memory_ids, from_profile_id and memory_profile_id; "
            "`profile.merged` with memory_profile_id and from_profile_id, which is gone: lists are to "
            "be read anew; `document.ready` with document_id, memory_profile_id and chunk_count; "
            "`session.updated` with session_id and memory_profile_id; `import.updated` with import_id, status, "
            "done and total. It begins with a comment, and each "
            "stream counts its own events from 1. A key that is bound to a profile hears of what is about "
            "that one alone. The feed ends within 10 s of the login or the key that it was opened with."
        ),
        "content": event_stream("FeedEvent"),
    }
}

router = APIRouter(prefix="/events", tags=["feed"], responses=problems(401, 429))


@router.get("", response_class=Response, responses=NEWS)
async def follow_events(caller: ChatUser, services: Services) -> EventStream:
    """Follow what happens to memories, profiles and sessions, from now on.

    Events carry ids of what they are about; their own number is of this stream alone, and cannot be
    resumed from. A client that was away reads its lists anew.
    """
    return EventStream(
        services.state.feed.follow(
            caller.user_id, silence_s=services.keepalive_s, within=caller.within
        ),
        permit=services.state.streams.admit(caller),
    )
