"""The users of a tenant's own service, by what that service calls them."""

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

from app.core.errors import (
    EmailTaken,
    ProfileNameTaken,
    ProfileNotFound,
    StorageUnavailable,
    UserNotFound,
)
from app.core.identity_errors import IdentityTaken
from app.models.actor import SYSTEM
from app.models.api_key import KeyGrant, Scope
from app.models.clock import Clock
from app.models.identity import Proof
from app.models.ids import ApiKeyId, id_of
from app.models.profile import Learning, Profile
from app.models.tenant import ServiceCaller
from app.models.user import Caller, User
from app.ports.database import Database, Transaction
from app.services.accounts import Accounts
from app.services.identities import ATTEMPTS
from app.services.new_accounts import open_account
from app.services.profiles import Profiles

_KNOWN: Final = frozenset(Scope)


def grant_of(service: ServiceCaller) -> KeyGrant:
    """What the service may do for its users: of its token's scopes, those that are known here."""
    return KeyGrant(
        key_id=ApiKeyId(service.tenant_id),
        scopes=frozenset(Scope(one) for one in service.scopes & _KNOWN),
        profile_id=None,
        privacy_mode=None,
        requests_per_minute=None,
    )


class ServiceUsers:
    """Whom a service asks about. Its word is the proof: a user is a name in its tenant.

    What it calls somebody is kept as an identity whose issuer is the service, so that the same name
    is somebody else in another tenant, and never an account that signs in otherwise.
    """

    def __init__(
        self, database: Database, *, accounts: Accounts, profiles: Profiles, clock: Clock
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._profiles = profiles
        self._clock = clock

    async def find(self, service: ServiceCaller, name: str) -> Caller:
        """The user of this name, as whom the service asks.

        Raises:
            UserNotFound: the service has stored nothing of anybody of this name, or it is erased.
        """
        proof = _proof(service, name, at=self._clock())
        standing = await self._database.read(lambda tx: tx.identities.standing(proof), by=SYSTEM)
        if standing.caller is None:
            raise UserNotFound
        return _as_service(standing.caller, service)

    async def ensure(
        self, service: ServiceCaller, name: str, *, display_name: str | None = None
    ) -> Caller:
        """The user of this name, who has an account from now on. It may follow one that was erased.

        Raises:
            StorageUnavailable: others make the same one again and again at the same time.
        """
        with suppress(UserNotFound):
            return await self.find(service, name)
        now = self._clock()
        proof = _proof(service, name, at=now)
        work = partial(_admitted, service=service, proof=proof, display_name=display_name, at=now)
        for _ in range(ATTEMPTS):
            with suppress(IdentityTaken, EmailTaken):
                return _as_service(await self._database.write(work, by=SYSTEM), service)
        raise StorageUnavailable

    async def rename(self, caller: Caller, *, display_name: str | None) -> User:
        """The account, called so from now on; None leaves it as it is.

        Raises:
            UserNotFound: it has just been erased.
        """
        account = await self._accounts.me(caller)
        if display_name is None or display_name == account.display_name:
            return account
        return await self._accounts.update(caller, changes={"display_name": display_name})

    async def profile(self, caller: Caller, wanted: str | None) -> Profile:
        """The user's profile of this id or name, made if nothing has this name; the default for None.

        Raises:
            ProfileNotFound: it is an id of nothing, or no name that a profile can have.
        """
        try:
            return await self._profiles.called(caller, wanted)
        except ProfileNotFound:
            if wanted is None or not wanted.isprintable() or id_of(wanted):
                raise
        with suppress(ProfileNameTaken):
            return await self._profiles.create(
                caller,
                name=wanted,
                description=None,
                persona=None,
                learning=Learning.AUTO,
                is_default=False,
            )
        return await self._profiles.called(caller, wanted)


def _admitted(
    tx: Transaction,
    *,
    service: ServiceCaller,
    proof: Proof,
    display_name: str | None,
    at: datetime,
) -> Caller:
    known = tx.identities.standing(proof).caller
    if known is not None:
        return known
    user = open_account(
        tx,
        tenant_id=service.tenant_id,
        email=None,
        is_email_proved=False,
        display_name=display_name,
        at=at,
    )
    tx.identities.add(proof, user_id=user.id, tenant_id=user.tenant_id, at=at)
    return Caller(user.id, user.tenant_id, login_id=proof.login_id)


def _proof(service: ServiceCaller, name: str, *, at: datetime) -> Proof:
    """That the service means this user. No address of an issuer looks like this one."""
    return Proof(
        issuer=f"service:{service.tenant_id}",
        subject=name,
        tenant=service.tenant,
        login_id=service.tenant_id,
        signed_in_at=at,
        email=None,
        is_email_proved=False,
    )


def _as_service(caller: Caller, service: ServiceCaller) -> Caller:
    return Caller(
        caller.user_id, caller.tenant_id, login_id=service.tenant_id, grant=grant_of(service)
    )
