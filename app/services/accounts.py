from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from app.core.errors import EmailTaken, TokenReused, Unauthenticated
from app.core.security import (
    AccessTokens,
    Passwords,
    is_api_key,
    new_refresh_token,
    token_digest,
)
from app.models.actor import SYSTEM, OneUser
from app.models.clock import Clock
from app.models.ids import UserId, new_id
from app.models.login import RefreshToken
from app.models.user import Caller, User, UserRole
from app.ports.database import Database, Transaction
from app.services.api_keys import ApiKeys
from app.services.erasing import owe_wipe
from app.services.identities import Identities
from app.services.new_accounts import account_of, first_profile, normalise_email
from app.services.open_streams import OpenStreams
from app.services.sign_in import Credentials

ROTATION_GRACE: Final = timedelta(seconds=10)
"""A client that lost the answer to a refresh may repeat it for this long."""


class Accounts:
    """Knowing who calls; and signing up, in and out where passwords are kept here."""

    def __init__(
        self,
        database: Database,
        *,
        passwords: Passwords,
        tokens: AccessTokens,
        identities: Identities,
        api_keys: ApiKeys,
        streams: OpenStreams,
        refresh_lifetime_s: int,
        clock: Clock,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._tokens = tokens
        self._identities = identities
        self._api_keys = api_keys
        self._streams = streams
        self._refresh_lifetime = timedelta(seconds=refresh_lifetime_s)
        self._clock = clock

    async def sign_up(
        self, email: str, password: str, *, display_name: str | None = None
    ) -> Credentials:
        """A new account with its first memory profile, signed in.

        Raises:
            EmailTaken: an account with this address exists.
        """
        password_hash = await self._passwords.hash(password)
        now = self._clock()

        def create(tx: Transaction) -> Credentials:
            tenant_id = tx.users.default_tenant()
            if account_of(tx, email, tenant_id=tenant_id) is not None:
                raise EmailTaken
            user = User(
                id=UserId(new_id()),
                tenant_id=tenant_id,
                email=normalise_email(email),
                display_name=display_name,
                role=UserRole.USER,
                plan=tx.tenants.plan_of(tenant_id),
                created_at=now,
                updated_at=now,
            )
            tx.users.add(user, password_hash=password_hash)
            tx.profiles.add(first_profile(user, at=now), tenant_id=user.tenant_id)
            return self._sign_in(tx, user, login_id=uuid4())

        return await self._database.write(create, by=SYSTEM)

    async def log_in(self, email: str, password: str) -> Credentials:
        """The account, signed in once more.

        Raises:
            Unauthenticated: no such address, or not its password; both take the same time.
        """
        found = await self._database.read(
            lambda tx: account_of(tx, email, tenant_id=tx.users.default_tenant()), by=SYSTEM
        )
        if not await self._passwords.verify(password, found[1] if found else None) or not found:
            raise Unauthenticated("The e-mail address or the password is wrong.")
        user = found[0]
        return await self._database.write(
            lambda tx: self._sign_in(tx, user, login_id=uuid4()),
            by=OneUser(user.id, user.tenant_id),
        )

    async def refresh(self, refresh_token: str) -> Credentials:
        """New tokens for an old refresh token, which is used up by this.

        Raises:
            TokenReused: it had been used up before; the whole login has been ended.
            Unauthenticated: unknown, expired, or of a login that has been ended.
        """
        digest = token_digest(refresh_token)
        found = await self._database.read(lambda tx: tx.logins.find(digest), by=SYSTEM)
        if found is None:
            raise Unauthenticated
        credentials = await self._database.write(
            lambda tx: self._rotate(tx, digest), by=OneUser(found.user_id, found.tenant_id)
        )
        if credentials is None:
            self._streams.end(found.family_id)
            raise TokenReused
        return credentials

    async def log_out(self, caller: Caller, *, access_token: str) -> None:
        """The caller's login has ended: neither of its tokens holds any more, and its streams end.

        Where another issuer's do not know of it, they hold no more here.
        """
        now = self._clock()
        is_elsewhere = self._identities.knows(access_token)

        def end(tx: Transaction) -> None:
            if is_elsewhere:
                tx.identities.end_login(caller, at=now)
            else:
                tx.logins.revoke(caller.login_id, at=now)

        await self._database.write(end, by=caller)
        self._streams.end(caller.login_id)

    async def caller(self, access_token: str) -> Caller:
        """Who calls, with an access token or an API key.

        Raises:
            Unauthenticated: the token does not hold, its login has ended or its user is gone.
            IdentityUnavailable: it is of another issuer, which does not answer.
        """
        if is_api_key(access_token):
            return await self._api_keys.caller(access_token)
        if self._identities.knows(access_token):
            return await self._identities.caller(access_token)
        caller = self._tokens.verify(access_token)
        now = self._clock()
        alive = await self._database.read(
            lambda tx: tx.logins.is_alive(caller.login_id, user_id=caller.user_id, now=now),
            by=caller,
        )
        if not alive:
            raise Unauthenticated
        return caller

    async def me(self, caller: Caller) -> User:
        """The caller's account.

        Raises:
            UserNotFound: it has just been deleted.
        """
        return await self._database.read(lambda tx: tx.users.get(caller.user_id), by=caller)

    async def update(self, caller: Caller, *, changes: Mapping[str, object]) -> User:
        """The caller's account with `changes` made; keys are fields of User.

        Raises:
            UserNotFound: it has just been deleted.
        """
        now = self._clock()

        def work(tx: Transaction) -> User:
            if "display_name" in changes:
                owe_wipe(tx, caller)
            return tx.users.update(caller.user_id, changes=changes, at=now)

        return await self._database.write(work, by=caller)

    def _rotate(self, tx: Transaction, digest: str) -> Credentials | None:
        """New tokens; None when the token was used up before, and its login has been ended for that.

        To be done on behalf of its user, who does one thing after the other: so a login that ends at
        the same moment has no token yet to come.
        """
        now = self._clock()
        token = tx.logins.find(digest)
        if token is None or token.revoked_at is not None or token.expires_at <= now:
            raise Unauthenticated
        tx.logins.mark_rotated(token.id, at=now)
        if token.rotated_at and abs(now - token.rotated_at) > ROTATION_GRACE:
            tx.logins.revoke(token.family_id, at=now)
            return None
        return self._sign_in(tx, tx.users.get(token.user_id), login_id=token.family_id)

    def _sign_in(self, tx: Transaction, user: User, *, login_id: UUID) -> Credentials:
        now = self._clock()
        refresh_token = new_refresh_token()
        tx.logins.add(
            RefreshToken(
                id=new_id(),
                tenant_id=user.tenant_id,
                user_id=user.id,
                family_id=login_id,
                token_hash=token_digest(refresh_token),
                expires_at=now + self._refresh_lifetime,
                rotated_at=None,
                revoked_at=None,
                created_at=now,
            )
        )
        return Credentials(
            user=user,
            access_token=self._tokens.issue(user, login_id=login_id),
            refresh_token=refresh_token,
            expires_in_s=self._tokens.lifetime_s,
        )
