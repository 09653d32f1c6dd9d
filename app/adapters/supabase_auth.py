"""Supabase Auth (GoTrue) through supabase-py.

Each call has a client of its own: signing in on a client that is shared replaces its key by the user's
token, and what is asked with the service's key would be asked with the user's.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import httpx
from pydantic import ValidationError
from supabase_auth import AsyncGoTrueClient
from supabase_auth.errors import AuthApiError, AuthError, AuthWeakPasswordError
from supabase_auth.types import AuthResponse

from app.core.errors import AppError, EmailTaken, InvalidInput, TooManyRequests, Unauthenticated
from app.core.identity_errors import EmailUnconfirmed, IdentityUnavailable
from app.models.identity import Grant

TOTAL_S: Final = 15.0
"""Supabase sends the message to a new address before it answers."""
CONNECT_S: Final = 3.0
WAIT_S: Final = 60.0
"""What limits of Supabase count by; it does not say how long to wait."""

_WRONG: Final = "The e-mail address or the password is wrong."
_REFUSALS: Final[Mapping[str, AppError]] = {
    "invalid_credentials": Unauthenticated(_WRONG),
    "user_not_found": Unauthenticated(_WRONG),
    "user_banned": Unauthenticated(_WRONG),
    "email_not_confirmed": EmailUnconfirmed(),
    "user_already_exists": EmailTaken(),
    "email_exists": EmailTaken(),
    "weak_password": InvalidInput("The password is too easy to guess: choose a longer one."),
    "email_address_invalid": InvalidInput("The e-mail address cannot be used."),
    "email_address_not_authorized": InvalidInput("No message can be sent to this address."),
    "signup_disabled": InvalidInput("Nobody can sign up at the moment."),
    "email_provider_disabled": InvalidInput("Nobody can sign up with an e-mail address."),
    "validation_failed": InvalidInput("The sign-in service refused the request."),
    "bad_jwt": Unauthenticated(),
    "refresh_token_not_found": Unauthenticated(),
    "refresh_token_already_used": Unauthenticated(),
    "session_expired": Unauthenticated(),
    "session_not_found": Unauthenticated(),
}

_BAD_INPUT: Final = (400, 422)
"""Older ones have no code; a key that does not hold is 401, and the operator's to mend."""
_SIGNED_OUT: Final = (401, 403, 404)


class SupabaseAuth:
    """A project of Supabase keeps the passwords, and sends the messages to new addresses."""

    def __init__(
        self, url: str, *, key: str, service_key: str | None, total_s: float = TOTAL_S
    ) -> None:
        """A project that is not asked anything yet.

        Args:
            url: of the project, such as https://abc.supabase.co.
            key: its publishable (or anonymous) key.
            service_key: its secret (or service role) key; without it no account is erased there.
            total_s: how long an answer may take.
        """
        self._base = f"{url.rstrip('/')}/auth/v1"
        self._key = key
        self._service_key = service_key
        self._total_s = total_s

    async def sign_up(self, email: str, password: str) -> Grant:
        """A new account there, signed in.

        Raises:
            EmailTaken: there is one of this address.
            EmailUnconfirmed: its owner has to follow a link in a message first; said of an address
                that has an account as well, when the project confirms addresses.
            InvalidInput: the address or the password is not good enough for the project.
        """
        async with self._client(self._key) as client:
            answer = await client.sign_up({"email": email, "password": password})
        if answer.session is None:
            raise EmailUnconfirmed(
                "A message was sent to the address: follow its link, and sign in."
            )
        return _grant(answer)

    async def log_in(self, email: str, password: str) -> Grant:
        """The account, signed in once more.

        Raises:
            Unauthenticated: no such address, or not its password.
            EmailUnconfirmed: its owner has to follow a link in a message first.
        """
        try:
            async with self._client(self._key) as client:
                return _grant(
                    await client.sign_in_with_password({"email": email, "password": password})
                )
        except InvalidInput as error:
            raise Unauthenticated(_WRONG) from error

    async def refresh(self, refresh_token: str) -> Grant:
        """New tokens for an old refresh token.

        Raises:
            Unauthenticated: it does not hold.
        """
        try:
            async with self._client(self._key) as client:
                return _grant(await client.refresh_session(refresh_token))
        except InvalidInput as error:
            raise Unauthenticated from error

    async def log_out(self, access_token: str) -> None:
        """The session of the token has ended there; so it has when it had before."""
        try:
            async with self._client(self._key) as client:
                await client.admin.sign_out(access_token, "local")
        except AppError as error:
            if _status(error) not in _SIGNED_OUT:
                raise

    def erases(self, issuer: str) -> bool:
        """Whether it is this project, and there is a key that may do so."""
        return self._service_key is not None and issuer == self._base

    async def erase(self, subject: str) -> None:
        """There is no such account there any more.

        Raises:
            IdentityUnavailable: the project does not answer, or has not let it.
        """
        if self._service_key is None:
            raise IdentityUnavailable
        try:
            user_id = str(UUID(subject))
        except ValueError:
            return  # Supabase's subjects are UUIDs: it has none such
        try:
            async with self._client(self._service_key, as_service=True) as client:
                await client.admin.delete_user(user_id)
        except AppError as error:
            if _status(error) != httpx.codes.NOT_FOUND:
                raise IdentityUnavailable from error

    @asynccontextmanager
    async def _client(
        self, key: str, *, as_service: bool = False
    ) -> AsyncIterator[AsyncGoTrueClient]:
        """A client for one call, whose errors are ours.

        A publishable key names the project, and proves nobody: it is no bearer token.
        """
        headers = {"apikey": key, "X-Client-Info": "memorychat"}
        if as_service or key.count(".") == 2:
            headers["Authorization"] = f"Bearer {key}"
        timeout = httpx.Timeout(self._total_s, connect=CONNECT_S)
        try:
            async with (
                asyncio.timeout(self._total_s),
                httpx.AsyncClient(timeout=timeout, follow_redirects=False) as http,
            ):
                yield AsyncGoTrueClient(
                    url=self._base,
                    headers=headers,
                    auto_refresh_token=False,
                    persist_session=False,
                    http_client=http,
                )
        except (AuthError, ValidationError, ValueError, httpx.HTTPError, TimeoutError) as error:
            raise _translated(error) from error


def _grant(answer: AuthResponse) -> Grant:
    session = answer.session
    if session is None:
        raise Unauthenticated
    return Grant(session.access_token, session.refresh_token, session.expires_in)


def _translated(error: Exception) -> AppError:
    """What the service's refusal is called here; no text of the service's goes further."""
    if not isinstance(error, AuthApiError | AuthWeakPasswordError):
        return IdentityUnavailable()
    code = error.code or ""
    if error.status == httpx.codes.TOO_MANY_REQUESTS or code.startswith("over_"):
        return TooManyRequests(
            "The sign-in service takes no more attempts at the moment.",
            retry_after_s=WAIT_S,
            limit=0,
        )
    if code not in _REFUSALS:
        code = "validation_failed" if error.status in _BAD_INPUT else ""
    known = _REFUSALS.get(code, IdentityUnavailable())
    return type(known)(known.detail)


def _status(error: AppError) -> int | None:
    """The status of the service's refusal, if it was one."""
    cause = error.__cause__
    return cause.status if isinstance(cause, AuthApiError) else None
