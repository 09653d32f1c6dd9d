from typing import Annotated, Any

import fastapi
from fastapi import APIRouter, Path

from app.api.ai_memory.answering import HEARD, found, listed, stored
from app.api.ai_memory.asking import Account, Erasing, Reading, ReadingAll, Writing
from app.api.problems import compatible_problems
from app.api.repeating import Repeatable
from app.schemas.ai_memory import (
    WHICH,
    WHO,
    MemoryToStore,
    MemoryUser,
    MemoryUserCreation,
    Query,
    UserMemory,
    UserMemoryList,
    UserName,
)
from app.schemas.fields import Name
from app.schemas.lists import Cursor, Limit
from app.schemas.receipts import ReceiptAnswer

router = APIRouter(
    prefix="/v1/memories",
    tags=["memory service"],
    responses=compatible_problems(401, 404, 429),
)

WhichProfile = Annotated[Name | None, fastapi.Query(description=WHICH)]
NamedUser = Annotated[UserName, Path(description=WHO)]


@router.post(
    "", status_code=201, response_model=UserMemory, responses=HEARD | compatible_problems(409)
)
async def store_memory(body: MemoryToStore, asking: Writing, repeatable: Repeatable) -> Any:
    """Store a memory of a user, who is known from then on; a search finds it at once.

    Of `messages`, what is worth it is learnt in the background. An API key needs `chat` as well for that.
    """
    return await stored(asking, body, repeatable)


@router.get("")
async def find_memories(
    asking: Reading,
    user_id: Annotated[UserName | None, fastapi.Query(description=WHO)] = None,
    query: Annotated[Query | None, fastapi.Query(description="What to look for.")] = None,
    profile: WhichProfile = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> UserMemoryList:
    """Search a user's memories, best first; without `query`, list them, newest first.

    What holds now: what has been superseded, or waits for review, is left out.
    """
    if query is None:
        return await listed(asking, user_id, profile=profile, limit=limit, cursor=cursor)
    return await found(asking, user_id, query, profile=profile, limit=limit)


@router.post("/user")
async def ensure_memory_user(body: MemoryUserCreation, asking: Account) -> MemoryUser:
    """Make a user known, or see that they are; a name that is given replaces the one before.

    A service's token needs `memories:write`.
    """
    caller = await asking.to_store(body.user_id, display_name=body.display_name)
    users = asking.services.supabase.service_users
    user = await users.rename(caller, display_name=body.display_name)
    return MemoryUser.of(user, name=asking.name(caller, body.user_id))


@router.get("/user/{user_id:path}")
async def list_memories_of_user(
    user_id: NamedUser,
    asking: ReadingAll,
    profile: WhichProfile = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> UserMemoryList:
    """List a user's memories that hold now, newest first."""
    return await listed(asking, user_id, profile=profile, limit=limit, cursor=cursor)


@router.delete("/user/{user_id:path}")
async def erase_memory_user(user_id: NamedUser, asking: Erasing) -> ReceiptAnswer:
    """Erase a user's account and everything it owns.

    A service's token needs `memories:write`. What it stores of the same name later is somebody new's.
    """
    caller = await asking.about(user_id)
    return ReceiptAnswer.of(await asking.services.mem0.forgetting.account(caller))
