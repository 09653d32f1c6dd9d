"""What every way to ask a memory service comes to."""

from typing import Any, Final

from starlette.responses import Response

from app.api.ai_memory.asking import Asking
from app.api.repeating import Repeating
from app.models.api_key import Scope
from app.models.ids import MemoryId, MessageId
from app.models.intent import Intent
from app.models.memory import REMEMBERED_KINDS, Memory, MemoryKind, MemoryStatus
from app.models.profile import Profile
from app.models.user import Caller
from app.schemas.ai_memory import HeardAnswer, MemoryToStore, UserMemory, UserMemoryList
from app.schemas.lists import cursor_of, key_of

HEARD: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": HeardAnswer, "description": "Of messages: they are kept, and learnt from later."}
}


async def stored(
    asking: Asking, body: MemoryToStore, repeating: Repeating
) -> UserMemory | Response:
    """The new memory; or 202, when there is a conversation to be learnt from.

    Raises:
        UserNotFound: not the one who asks.
        ProfileNotFound: absent, and not to be made.
        MissingScope: a key of a user has not what conversations need besides.
    """
    if body.messages is not None:
        asking.require(Scope.CHAT)
    caller = await asking.to_store(body.user_id)
    profile = await asking.profile_to_store(caller, body.profile)
    name = asking.name(caller, body.user_id)
    if body.messages is not None:
        past = [one.to_past() for one in body.messages]
        past_talk = asking.services.sessions.past
        heard = await repeating.once(
            caller,
            lambda intent: past_talk.begin_with(caller, profile.id, past, intent=intent),
            lambda made: past_talk.placed(caller, [MessageId(one) for one in made]),
        )
        answer = HeardAnswer(
            user_id=name,
            memory_profile_id=profile.id,
            session_id=heard[0].session_id,
            message_ids=[one.id for one in heard],
        )
        return Response(answer.model_dump_json(), 202, media_type="application/json")
    book = asking.services.mem0.book
    memory = await repeating.once(
        caller,
        lambda intent: _added(asking, caller, profile, body, intent),
        lambda made: book.get(caller, MemoryId(made[0])),
    )
    return UserMemory.of(memory, name=name)


async def _added(
    asking: Asking,
    caller: Caller,
    profile: Profile,
    body: MemoryToStore,
    intent: Intent | None,
) -> Memory:
    return await asking.services.mem0.book.add(
        caller,
        profile.id,
        kind=MemoryKind(body.kind),
        content=body.content or "",
        importance=body.importance,
        valid_from=None,
        valid_until=None,
        intent=intent,
    )


async def listed(
    asking: Asking, user_id: str | None, *, profile: str | None, limit: int, cursor: str | None
) -> UserMemoryList:
    """What holds of a user, newest first.

    Raises:
        UserNotFound: absent, or not the one who asks.
        ProfileNotFound: the user has none of this name.
        InvalidInput: the cursor is of another list.
    """
    after = key_of(cursor)
    caller = await asking.about(user_id)
    chosen = await asking.services.supabase.profiles.called(caller, profile)
    page = await asking.services.mem0.book.page(
        caller, chosen.id, kind=None, status=MemoryStatus.ACTIVE, after=after, limit=limit
    )
    name = asking.name(caller, user_id)
    return UserMemoryList(
        data=[UserMemory.of(memory, name=name) for memory in page.items],
        next_cursor=cursor_of(page.next_key),
    )


async def found(
    asking: Asking, user_id: str | None, query: str, *, profile: str | None, limit: int
) -> UserMemoryList:
    """What matches of a user, best first.

    Raises:
        UserNotFound: absent, or not the one who asks.
        ProfileNotFound: the user has none of this name.
        IndexUnavailable: the index does not answer.
    """
    caller = await asking.about(user_id)
    chosen = await asking.services.supabase.profiles.called(caller, profile)
    matches = await asking.services.mem0.recaller.search(
        caller, chosen.id, query, kinds=REMEMBERED_KINDS, limit=limit
    )
    name = asking.name(caller, user_id)
    data = [UserMemory.found(one, one.memory, name=name) for one in matches if one.memory]
    return UserMemoryList(data=data, next_cursor=None)
