from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from app.core.errors import EmailTaken, Unauthenticated
from app.core.identity_errors import IdentityTaken, IdentityUnavailable
from app.models.actor import SYSTEM
from app.models.clock import Clock
from app.models.identity import Proof, Standing
from app.models.ids import TenantId
from app.models.user import Caller, User
from app.ports.database import Database, Transaction
from app.ports.identity import Identity
from app.services.new_accounts import normalise_email, open_account

CLOCK_LEEWAY: Final = timedelta(seconds=30)
"""An issuer's clock may be ahead: a token from just before an erasure may claim to be younger."""
ATTEMPTS: Final = 3
"""Of making an account, when others make the same one at the same time."""


class Identities:
    """People whom another issuer knows: a token of theirs is all that they need to have an account.

    One look into the database for each token, as for tokens of our own: nothing is cached, so that what
    one process ends or erases no other lets in.
    """

    def __init__(self, database: Database, *, identity: Identity, clock: Clock) -> None:
        self._database = database
        self._identity = identity
        self._clock = clock

    def knows(self, token: str) -> bool:
        """Whether the token claims to be of another issuer; nothing is verified."""
        return self._identity.knows(token)

    async def caller(self, token: str, *, display_name: str | None = None) -> Caller:
        """Whom a token of another issuer proves; somebody new gets an account first.

        Args:
            token: of an issuer that is configured.
            display_name: what somebody new is called.

        Raises:
            Unauthenticated: it does not hold, its session was ended here, or it is of a sign-in
                before the account was erased.
            IdentityUnavailable: its issuer does not answer.
        """
        proof = await self._identity.prove(token)
        standing = await self._database.read(lambda tx: tx.identities.standing(proof), by=SYSTEM)
        _require_good(standing, proof)
        return standing.caller or await self._admit(proof, display_name)

    async def _admit(self, proof: Proof, display_name: str | None) -> Caller:
        work = partial(_admitted, proof=proof, display_name=display_name, at=self._clock())
        for _ in range(ATTEMPTS):
            with suppress(IdentityTaken, EmailTaken):
                return await self._database.write(work, by=SYSTEM)
        raise IdentityUnavailable


def _require_good(standing: Standing, proof: Proof) -> None:
    """A sign-in from before an erasure holds no more, nor any while the account is half erased."""
    barred = standing.barred_until
    is_old = barred is not None and proof.signed_in_at <= barred + CLOCK_LEEWAY
    if standing.has_login_ended or standing.is_erasure_owed or is_old:
        raise Unauthenticated


def _admitted(tx: Transaction, *, proof: Proof, display_name: str | None, at: datetime) -> Caller:
    standing = tx.identities.standing(proof)
    _require_good(standing, proof)
    if standing.caller is not None:
        return standing.caller
    tenant_id = tx.tenants.ensure(proof.tenant, at=at).id
    user = _linkable(tx, proof, tenant_id) or open_account(
        tx,
        tenant_id=tenant_id,
        email=proof.email,
        is_email_proved=proof.is_email_proved,
        display_name=display_name,
        at=at,
    )
    tx.identities.add(proof, user_id=user.id, tenant_id=tenant_id, at=at)
    return Caller(user.id, tenant_id, login_id=proof.login_id, is_known_elsewhere=True)


def _linkable(tx: Transaction, proof: Proof, tenant_id: TenantId) -> User | None:
    """The account that is the same person's beyond doubt: both sides have proved the address.

    Whoever signed up first with somebody else's address has not: the account stays theirs alone,
    and the owner of the address gets another.
    """
    if proof.email is None or not proof.is_email_proved:
        return None
    known = tx.users.credentials(normalise_email(proof.email), tenant_id=tenant_id)
    return known[0] if known and known[0].email_verified else None
