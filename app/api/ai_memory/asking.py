"""Who asks a memory service: another application for its users, or a user for themselves."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import SecurityScopes

from app.api.deps import GivenToken, Services, caller_of, limit
from app.core.errors import InvalidInput, UserNotFound
from app.models.api_key import Scope
from app.models.profile import Profile
from app.models.tenant import ServiceCaller
from app.models.user import Caller
from app.ports.rate_limiter import Limit
from app.services.rights import LOGIN, UNBOUND, permit, require, require_recall
from app.services.service_users import grant_of


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who may ask, before it is known about whom."""

    request: Request
    services: Services
    by: ServiceCaller | Caller

    def require(self, scope: Scope) -> None:
        """Returns when a user may do what needs a further scope; a service answers for its users.

        Raises:
            MissingScope: the user's key lacks it.
        """
        if isinstance(self.by, Caller):
            require(self.by, [scope])

    async def about(self, user_id: str | None) -> Caller:
        """The user who is asked about, and has an account.

        Raises:
            UserNotFound: nobody of this name, or not the one who asks.
            InvalidInput: a service says of whom.
            TooManyRequests: there was too much about this user lately.
        """
        if isinstance(self.by, Caller):
            return _themselves(self.by, user_id)
        users = self.services.supabase.service_users
        return await self._counted(await users.find(self.by, _named(user_id)))

    async def to_store(self, user_id: str | None, *, display_name: str | None = None) -> Caller:
        """The user of whom something is stored: a service's gets an account with the first of it.

        Raises:
            UserNotFound: not the one who asks.
            InvalidInput: a service says of whom.
            TooManyRequests: there was too much about this user lately.
        """
        if isinstance(self.by, Caller):
            return _themselves(self.by, user_id)
        users = self.services.supabase.service_users
        name = _named(user_id)
        return await self._counted(await users.ensure(self.by, name, display_name=display_name))

    async def profile_to_store(self, caller: Caller, wanted: str | None) -> Profile:
        """The user's profile that was chosen: a service's is made with the first of it.

        Raises:
            ProfileNotFound: absent, and not to be made.
        """
        if isinstance(self.by, Caller):
            return await self.services.supabase.profiles.called(caller, wanted)
        return await self.services.supabase.service_users.profile(caller, wanted)

    def name(self, caller: Caller, user_id: str | None) -> str:
        """What whoever asks calls the user."""
        return user_id if user_id is not None else str(caller.user_id)

    async def _counted(self, caller: Caller) -> Caller:
        await limit(self.request, self.services, Limit.REQUESTS, str(caller.user_id))
        return caller


def _named(user_id: str | None) -> str:
    if user_id is None:
        raise InvalidInput("user_id: a service has to say of which of its users")
    return user_id


def _themselves(caller: Caller, user_id: str | None) -> Caller:
    if user_id is not None and user_id != str(caller.user_id):
        raise UserNotFound
    return caller


async def _asking(
    needed: SecurityScopes, request: Request, services: Services, token: GivenToken
) -> Asking:
    supabase = services.supabase
    if supabase.identity.knows(token) or not supabase.service_tokens.knows(token):
        caller = await caller_of(request, services, token)
        require(caller, needed.scopes)
        if Scope.MEMORIES_READ in needed.scopes:
            require_recall(caller)
        return Asking(request, services, caller)
    service = await supabase.service_tokens.verify(token)
    await limit(request, services, Limit.SERVICES, str(service.tenant_id))
    permit(grant_of(service), _of_service(needed))
    return Asking(request, services, service)


def _of_service(needed: SecurityScopes) -> set[str]:
    """The same of a service's token: it answers for the accounts of its users, who have no login."""
    return {Scope.MEMORIES_WRITE if one in {LOGIN, Scope.ADMIN} else one for one in needed.scopes}


Reading = Annotated[Asking, Security(_asking, scopes=[Scope.MEMORIES_READ])]
Writing = Annotated[Asking, Security(_asking, scopes=[Scope.MEMORIES_WRITE])]
ReadingAll = Annotated[Asking, Security(_asking, scopes=[Scope.MEMORIES_READ, UNBOUND])]
Account = Annotated[Asking, Security(_asking, scopes=[Scope.ADMIN, UNBOUND])]
Erasing = Annotated[Asking, Security(_asking, scopes=[LOGIN])]
