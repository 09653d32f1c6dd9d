"""What routes ask for: the services, and who calls."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.core.container import Container
from app.core.errors import TooManyRequests, Unauthenticated
from app.core.security import subject_digest
from app.models.user import Caller
from app.ports.rate_limiter import Limit, LimitState

_bearer = HTTPBearer(
    auto_error=False,
    description="An access token from signup or login, or a token of an issuer that is configured.",
)


def _container(request: Request) -> Container:
    container: Container = request.app.state.container
    return container


Services = Annotated[Container, Depends(_container)]


def _token(
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> str:
    if given is None:
        raise Unauthenticated
    return given.credentials


GivenToken = Annotated[str, Depends(_token)]


async def _caller(request: Request, services: Services, token: GivenToken) -> Caller:
    caller = await services.supabase.accounts.caller(token)
    await limit(request, services, Limit.REQUESTS, str(caller.user_id))
    return caller


CurrentUser = Annotated[Caller, Depends(_caller)]


async def limit(request: Request, services: Container, name: Limit, subject: str) -> None:
    """Counts one more against a limit, and lets the response say what is left.

    Raises:
        TooManyRequests: the limit is used up.
    """
    try:
        request.state.limit_state = await services.limits.hit(name, subject)
    except TooManyRequests as error:
        request.state.limit_state = LimitState(
            limit=error.limit, remaining=0, reset_s=error.retry_after_s or 0
        )
        raise


async def limit_by_address(request: Request, services: Container, name: Limit) -> None:
    """Counts one more for the address that the request came from, of which a keyed hash is kept.

    Raises:
        TooManyRequests: the limit is used up.
    """
    address = request.client.host if request.client else "unknown"
    await limit(request, services, name, subject_digest(services.stores.secret, address))
