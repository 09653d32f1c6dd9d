from fastapi import APIRouter, Request, Response

from app.api.deps import CurrentUser, Services, limit, limit_by_address
from app.api.problems import problems
from app.core.security import subject_digest
from app.ports.rate_limiter import Limit
from app.schemas.accounts import (
    CredentialsAnswer,
    LoginRequest,
    RefreshRequest,
    SignupRequest,
    UserAnswer,
)
from app.services.accounts import normalise_email

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/signup", status_code=201, responses=problems(409, 429))
async def sign_up(request: Request, body: SignupRequest, services: Services) -> CredentialsAnswer:
    """Create an account with its first memory profile, and sign in."""
    await limit_by_address(request, services, Limit.SIGNUPS)
    return CredentialsAnswer.of(
        await services.supabase.accounts.sign_up(
            body.email, body.password, display_name=body.display_name
        )
    )


@router.post("/login", responses=problems(401, 429))
async def log_in(request: Request, body: LoginRequest, services: Services) -> CredentialsAnswer:
    """Sign in. Attempts are limited per account."""
    account = subject_digest(services.stores.secret, normalise_email(body.email))
    await limit(request, services, Limit.LOGINS, account)
    return CredentialsAnswer.of(await services.supabase.accounts.log_in(body.email, body.password))


@router.post("/refresh", responses=problems(401, 429))
async def refresh_tokens(body: RefreshRequest, services: Services) -> CredentialsAnswer:
    """Exchange a refresh token for new tokens. Using one twice ends the login."""
    return CredentialsAnswer.of(await services.supabase.accounts.refresh(body.refresh_token))


@router.post("/logout", status_code=204, responses=problems(401, 429))
async def log_out(caller: CurrentUser, services: Services) -> Response:
    """End this login: its access and refresh tokens hold no more."""
    await services.supabase.accounts.log_out(caller)
    return Response(status_code=204)


@router.get("/me", responses=problems(401, 404, 429))
async def read_current_user(caller: CurrentUser, services: Services) -> UserAnswer:
    """Read the account that the credential belongs to."""
    return UserAnswer.of(await services.supabase.accounts.me(caller))
