from fastapi import APIRouter, Request, Response

from app.api.deps import GivenToken, LoggedIn, Services, limit, limit_by_address
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
from app.services.new_accounts import loose_email

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/signup", status_code=201, responses=problems(403, 409, 429))
async def sign_up(request: Request, body: SignupRequest, services: Services) -> CredentialsAnswer:
    """Create an account with its first memory profile, and sign in.

    Where addresses are confirmed, the answer is 403 `email-unconfirmed`: follow the link in the message,
    and sign in.
    """
    await limit_by_address(request, services, Limit.SIGNUPS)
    return CredentialsAnswer.of(
        await services.supabase.sign_in.sign_up(
            body.email, body.password, display_name=body.display_name
        )
    )


@router.post("/login", responses=problems(401, 403, 429))
async def log_in(request: Request, body: LoginRequest, services: Services) -> CredentialsAnswer:
    """Sign in. Attempts are limited per account."""
    account = subject_digest(services.stores.secret, loose_email(body.email))
    await limit(request, services, Limit.LOGINS, account)
    return CredentialsAnswer.of(await services.supabase.sign_in.log_in(body.email, body.password))


@router.post("/refresh", responses=problems(401, 429))
async def refresh_tokens(body: RefreshRequest, services: Services) -> CredentialsAnswer:
    """Exchange a refresh token for new tokens.

    Using one again ends the login, but for 10 s in which an answer that was lost can be had once more.
    """
    return CredentialsAnswer.of(await services.supabase.sign_in.refresh(body.refresh_token))


@router.post("/logout", status_code=204, responses=problems(401, 429))
async def log_out(caller: LoggedIn, token: GivenToken, services: Services) -> Response:
    """End this login: its access and refresh tokens hold no more. Its streams end within 10 s."""
    await services.supabase.sign_in.log_out(caller, access_token=token)
    return Response(status_code=204)


@router.get("/me", responses=problems(401, 404, 429))
async def read_current_user(caller: LoggedIn, services: Services) -> UserAnswer:
    """Read the account that the credential belongs to."""
    return UserAnswer.of(await services.supabase.accounts.me(caller))
