import logging
from dataclasses import dataclass
from typing import Protocol

from app.core.errors import AppError
from app.models.identity import Grant
from app.models.user import Caller, User
from app.ports.database import Database
from app.ports.identity import AuthService
from app.services.identities import Identities

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client holds after signing in."""

    user: User
    access_token: str
    refresh_token: str
    expires_in_s: int


class SignIn(Protocol):
    """Signing up, in and out with an address and a password, wherever that is kept."""

    async def sign_up(
        self, email: str, password: str, *, display_name: str | None = None
    ) -> Credentials:
        """A new account with its first memory profile, signed in.

        Raises:
            EmailTaken: an account with this address exists.
            EmailUnconfirmed: its owner has to follow a link in a message first.
        """
        ...

    async def log_in(self, email: str, password: str) -> Credentials:
        """The account, signed in once more.

        Raises:
            Unauthenticated: no such address, or not its password.
            EmailUnconfirmed: its owner has to follow a link in a message first.
        """
        ...

    async def refresh(self, refresh_token: str) -> Credentials:
        """New tokens for an old refresh token, which is used up by this.

        Raises:
            Unauthenticated: unknown, expired, used up, or of a login that has been ended.
        """
        ...

    async def log_out(self, caller: Caller, *, access_token: str) -> None:
        """The caller's login has ended: neither of its tokens holds any more."""
        ...


class RemoteSignIn:
    """Passwords are kept by a service, whose tokens clients hold; accounts here follow it."""

    def __init__(
        self, database: Database, *, service: AuthService, identities: Identities, local: SignIn
    ) -> None:
        self._database = database
        self._service = service
        self._identities = identities
        self._local = local

    async def sign_up(
        self, email: str, password: str, *, display_name: str | None = None
    ) -> Credentials:
        """A new account with its first memory profile, signed in; the name is not told the service.

        Raises:
            EmailTaken: the service has an account with this address.
            EmailUnconfirmed: its owner has to follow a link in a message first.
            IdentityUnavailable: the service does not answer.
        """
        return await self._credentials(
            await self._service.sign_up(email, password), display_name=display_name
        )

    async def log_in(self, email: str, password: str) -> Credentials:
        """The account, signed in once more.

        Raises:
            Unauthenticated: no such address, or not its password.
            EmailUnconfirmed: its owner has to follow a link in a message first.
            IdentityUnavailable: the service does not answer.
        """
        return await self._credentials(await self._service.log_in(email, password))

    async def refresh(self, refresh_token: str) -> Credentials:
        """New tokens for an old refresh token, which is used up by this.

        Raises:
            Unauthenticated: unknown, expired, used up, or of a login that has been ended.
            IdentityUnavailable: the service does not answer.
        """
        return await self._credentials(await self._service.refresh(refresh_token))

    async def log_out(self, caller: Caller, *, access_token: str) -> None:
        """The caller's login has ended here, whether the service can be told or not."""
        await self._local.log_out(caller, access_token=access_token)
        try:
            await self._service.log_out(access_token)
        except AppError as error:
            logger.warning("the service was not told of a logout", extra={"error": error.slug})

    async def _credentials(self, grant: Grant, *, display_name: str | None = None) -> Credentials:
        caller = await self._identities.caller(grant.access_token, display_name=display_name)
        return Credentials(
            user=await self._database.read(lambda tx: tx.users.get(caller.user_id), by=caller),
            access_token=grant.access_token,
            refresh_token=grant.refresh_token,
            expires_in_s=grant.expires_in_s,
        )
