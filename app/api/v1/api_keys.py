from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

from fastapi import APIRouter, Response

from app.api.deps import LoggedIn, Services
from app.api.problems import OF_USERS, problems
from app.api.repeating import Repeatable
from app.core.repeat_errors import SecretWasShown
from app.models.ids import ApiKeyId
from app.schemas.api_keys import ApiKeyAnswer, ApiKeyCreation, ApiKeyList, NewApiKeyAnswer
from app.schemas.lists import Cursor, Limit, cursor_of, key_of

router = APIRouter(prefix="/api-keys", tags=["API keys"], responses=OF_USERS)


@router.get("")
async def list_api_keys(
    caller: LoggedIn, services: Services, limit: Limit = 20, cursor: Cursor = None
) -> ApiKeyList:
    """List the caller's API keys, newest first, without their secrets."""
    page = await services.supabase.api_keys.page(caller, after=key_of(cursor), limit=limit)
    return ApiKeyList(
        data=[ApiKeyAnswer.of(key) for key in page.items], next_cursor=cursor_of(page.next_key)
    )


@router.post("", status_code=201, responses=problems(404, 409))
async def create_api_key(
    body: ApiKeyCreation, caller: LoggedIn, services: Services, repeatable: Repeatable
) -> NewApiKeyAnswer:
    """Create an API key. The answer shows the secret, which is not kept: nobody can show it again.

    So a repetition with the same `Idempotency-Key` creates none, and is 409 (`secret-was-shown`).
    """
    key, secret = await repeatable.once(
        caller,
        lambda intent: services.supabase.api_keys.create(caller, body.wish(), intent=intent),
        _refuse_to_show,
    )
    return NewApiKeyAnswer.with_secret(key, secret)


@router.delete("/{key_id}", status_code=204, responses=problems(404))
async def delete_api_key(key_id: UUID, caller: LoggedIn, services: Services) -> Response:
    """Delete an API key: from now on it is a key that never was. Its streams end within 10 s."""
    await services.supabase.api_keys.delete(caller, ApiKeyId(key_id))
    return Response(status_code=204)


async def _refuse_to_show(made: Sequence[UUID]) -> NoReturn:
    raise SecretWasShown
