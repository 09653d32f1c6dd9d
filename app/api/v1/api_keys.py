from uuid import UUID

from fastapi import APIRouter, Response

from app.api.deps import LoggedIn, Services
from app.api.problems import OF_USERS, problems
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
    body: ApiKeyCreation, caller: LoggedIn, services: Services
) -> NewApiKeyAnswer:
    """Create an API key. The answer shows the secret, which is not kept: nobody can show it again."""
    key, secret = await services.supabase.api_keys.create(caller, body.wish())
    return NewApiKeyAnswer.with_secret(key, secret)


@router.delete("/{key_id}", status_code=204, responses=problems(404))
async def delete_api_key(key_id: UUID, caller: LoggedIn, services: Services) -> Response:
    """Delete an API key: from now on it is a key that never was. Its streams end within 10 s."""
    await services.supabase.api_keys.delete(caller, ApiKeyId(key_id))
    return Response(status_code=204)
