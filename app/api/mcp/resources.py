"""Resources: what each memory profile remembers, for clients that put it before a model by themselves."""

from collections.abc import Mapping
from typing import Any, Final

from app.api.mcp.exchange import Exchange
from app.core.key_errors import ModeForbids
from app.models.api_key import Scope
from app.models.memory import MemoryStatus
from app.models.profile import Profile
from app.schemas.lists import cursor_of, key_of
from app.schemas.mcp import ProfileContents, ToldMemory, ToldProfile
from app.services.rights import policy_of, require

URI: Final = "memorychat://memory-profiles/"
_MEDIA_TYPE: Final = "application/json"
_PROFILES_A_PAGE: Final = 50
MAX_MEMORIES: Final = 200
"""Of one resource, so that it fits into a prompt."""

TEMPLATE: Final[Mapping[str, Any]] = {
    "uriTemplate": f"{URI}{{id}}",
    "name": "memory-profile",
    "title": "Memory profile",
    "description": "What a memory profile remembers, by the profile's id.",
    "mimeType": _MEDIA_TYPE,
}


async def listed(exchange: Exchange, cursor: str | None) -> Mapping[str, Any]:
    """One page of resources, one for each profile, oldest first.

    Raises:
        MissingScope: the caller's key may not read memories.
        InvalidInput: the cursor was not given out for this list.
    """
    require(exchange.caller, [Scope.MEMORIES_READ])
    page = await exchange.services.supabase.profiles.page(
        exchange.caller, after=key_of(cursor), limit=_PROFILES_A_PAGE
    )
    found: dict[str, Any] = {"resources": [_told(profile) for profile in page.items]}
    if page.next_key is not None:
        found["nextCursor"] = cursor_of(page.next_key)
    return found


async def read(exchange: Exchange, uri: str) -> Mapping[str, Any]:
    """The newest memories of a profile that hold now.

    Raises:
        MissingScope: the caller's key may not read memories.
        ModeForbids: nor in the privacy mode that it is held to.
        ProfileNotFound: absent, someone else's, out of reach, or no profile at all.
    """
    require(exchange.caller, [Scope.MEMORIES_READ])
    if not policy_of(exchange.caller).recall:
        raise ModeForbids
    profile = await exchange.profile(uri.removeprefix(URI) if uri.startswith(URI) else "")
    page = await exchange.services.mem0.book.page(
        exchange.caller,
        profile.id,
        kind=None,
        status=MemoryStatus.ACTIVE,
        after=None,
        limit=MAX_MEMORIES,
    )
    contents = ProfileContents(
        memory_profile=ToldProfile.of(profile),
        memories=[ToldMemory.of(memory) for memory in page.items],
        has_more=page.next_key is not None,
    )
    text = contents.model_dump_json()
    return {"contents": [{"uri": uri, "mimeType": _MEDIA_TYPE, "text": text}]}


def _told(profile: Profile) -> Mapping[str, Any]:
    return {
        "uri": f"{URI}{profile.id}",
        "name": profile.name,
        "title": f"Memories: {profile.name}",
        "description": profile.description or "What this memory profile remembers.",
        "mimeType": _MEDIA_TYPE,
    }
