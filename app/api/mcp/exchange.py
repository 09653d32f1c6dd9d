"""Who asks in one request, about which profile, and by which address."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi import Request

from app.api.deps import Services
from app.core.reach import Reach
from app.core.surface_errors import HostNotAllowed, OriginNotAllowed
from app.models.profile import Profile
from app.models.user import Caller

METADATA_PATH: Final = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request of somebody, who reaches no more than is theirs."""

    services: Services
    caller: Caller
    is_bound: bool
    """Whether the address is of one profile: the caller reaches no other then."""

    async def profile(self, wanted: str | None) -> Profile:
        """The profile that is meant.

        Raises:
            ProfileNotFound: absent, someone else's, or out of reach.
        """
        return await self.services.supabase.profiles.called(self.caller, wanted)


def base_of(request: Request, reach: Reach) -> str:
    """The address of this server as clients know it, without a slash at its end.

    Raises:
        HostNotAllowed: the request names a host that is not this one.
        OriginNotAllowed: a page of another origin sent it.
    """
    host = request.headers.get("host", "")
    if not reach.knows(host):
        raise HostNotAllowed
    origin = request.headers.get("origin")
    if origin is not None and not reach.lets_in(origin, host=host):
        raise OriginNotAllowed
    return reach.public_url or f"{request.url.scheme}://{host}"


def resource_path(profile: str | None) -> str:
    """Where the protocol is spoken: for all profiles of a user, or for one."""
    return "/mcp" if profile is None else f"/mcp/profiles/{quote(profile, safe='')}"
