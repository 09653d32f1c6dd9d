"""Older names of the same."""

from typing import Any

from fastapi import APIRouter

from app.api.ai_memory.answering import HEARD, found, stored
from app.api.ai_memory.asking import Reading, Writing
from app.api.problems import compatible_problems
from app.api.repeating import Repeatable
from app.schemas.ai_memory import MemoriesToRetrieve, MemoryToStore, UserMemory, UserMemoryList

router = APIRouter(
    prefix="/memory", tags=["memory service"], responses=compatible_problems(401, 404, 429)
)


@router.post(
    "/store", status_code=201, response_model=UserMemory, responses=HEARD | compatible_problems(409)
)
async def store_memory_by_older_name(
    body: MemoryToStore, asking: Writing, repeatable: Repeatable
) -> Any:
    """Store a memory of a user, as `POST /v1/memories` does."""
    return await stored(asking, body, repeatable)


@router.post("/retrieve")
async def retrieve_memories(body: MemoriesToRetrieve, asking: Reading) -> UserMemoryList:
    """Search a user's memories, best first, as `GET /v1/memories` does."""
    return await found(asking, body.user_id, body.query, profile=body.profile, limit=body.limit)
