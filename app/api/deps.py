"""What routes ask for: the services, and who calls."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import (
    APIKeyHeader,
    HTTPAuthorizationCredentials,
    HTTPBearer,
    SecurityScopes,
)
from starlette.requests import HTTPConnection

from app.core.container import Container
from app.core.errors import TooManyRequests, Unauthenticated
from app.core.security import is_api_key, subject_digest
from app.models.api_key import Scope
from app.models.user import Caller
from app.ports.rate_limiter import Limit, LimitState
from app.services.rights import LOGIN, UNBOUND, require

_bearer = HTTPBearer(
    auto_error=False,
    description="An access token from signup or login, a token of an issuer that is configured, or an "
    "API key; for the memory service, also a token of a tenant's service. Each operation says what it needs of a key: scopes; `login`, where no key will do; "
    "`unbound`, where no key will that is bound to a profile. A token may do everything.",
)
_api_key = APIKeyHeader(
    name="X-Api-Key",
    scheme_name="ApiKey",
    auto_error=False,
    description="An API key, where a client sends it so. `Authorization` goes first.",
)


def _container(request: HTTPConnection) -> Container:
    container: Container = request.app.state.container
    return container


Services = Annotated[Container, Depends(_container)]


def _token(
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    key: Annotated[str | None, Security(_api_key)],
) -> str:
    if given is not None:
        return given.credentials
    if key is None or not is_api_key(key):
        raise Unauthenticated
    return key


GivenToken = Annotated[str, Depends(_token)]


async def token_in(request: Request) -> str:
    """The credential of a request, for routes that tell failures in a protocol of their own.

    Raises:
        Unauthenticated: there is none.
    """
    return _token(await _bearer(request), await _api_key(request))


async def caller_of(request: HTTPConnection, services: Services, token: GivenToken) -> Caller:
    """Who calls. Keys that do not hold count against the address, as guesses of a password would."""
    try:
        caller = await services.supabase.accounts.caller(token)
    except Unauthenticated:
        if is_api_key(token):
            await limit_by_address(request, services, Limit.LOGINS)
        raise
    await limit(request, services, Limit.REQUESTS, str(caller.user_id))
    if caller.grant is not None and caller.grant.requests_per_minute is not None:
        rate = f"{caller.grant.requests_per_minute}/minute"
        await limit(request, services, Limit.KEY, str(caller.grant.key_id), rate=rate)
    return caller


async def _permitted(
    needed: SecurityScopes, caller: Annotated[Caller, Depends(caller_of)]
) -> Caller:
    require(caller, needed.scopes)
    return caller


ChatUser = Annotated[Caller, Security(_permitted, scopes=[Scope.CHAT])]
MemoryReader = Annotated[Caller, Security(_permitted, scopes=[Scope.MEMORIES_READ])]
MemoryWriter = Annotated[Caller, Security(_permitted, scopes=[Scope.MEMORIES_WRITE])]
DocumentUser = Annotated[Caller, Security(_permitted, scopes=[Scope.DOCUMENTS])]
Admin = Annotated[Caller, Security(_permitted, scopes=[Scope.ADMIN])]
WholeAccount = Annotated[Caller, Security(_permitted, scopes=[Scope.ADMIN, UNBOUND])]
LoggedIn = Annotated[Caller, Security(_permitted, scopes=[LOGIN])]
"""Who calls: a route gets to know it by one of these only, and so says what a key needs for it."""


async def limit(
    request: HTTPConnection,
    services: Container,
    name: Limit,
    subject: str,
    *,
    rate: str | None = None,
) -> None:
    """Counts one more against a limit, and lets the response say what is left.

    Raises:
        TooManyRequests: the limit is used up.
    """
    try:
        request.state.limit_state = await services.limits.hit(name, subject, rate=rate)
    except TooManyRequests as error:
        request.state.limit_state = LimitState(
            limit=error.limit, remaining=0, reset_s=error.retry_after_s or 0
        )
        raise


async def limit_turns(request: HTTPConnection, services: Container, caller: Caller) -> None:
    """Counts one more turn, against everybody's limit and that of the caller's plan.

    The response tells of the one of which less is left.

    Raises:
        TooManyRequests: one of them is used up.
    """
    await limit(request, services, Limit.TURNS, str(caller.user_id))
    rate = await services.supabase.usage.turns_rate(caller)
    if rate is None:
        return
    everybodys: LimitState | None = request.state.limit_state
    await limit(request, services, Limit.PLAN, str(caller.user_id), rate=rate)
    if everybodys and everybodys.remaining < request.state.limit_state.remaining:
        request.state.limit_state = everybodys


async def limit_by_address(request: HTTPConnection, services: Container, name: Limit) -> None:
    """Counts one more for the address that the request came from, of which a keyed hash is kept.

    Raises:
        TooManyRequests: the limit is used up.
    """
    address = request.client.host if request.client else "unknown"
    await limit(request, services, name, subject_digest(services.stores.secret, address))
