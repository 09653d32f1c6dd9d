from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.models.identity import OwedErasure, Proof, Standing
from app.models.ids import TenantId, UserId
from app.models.tenant import Tenant
from app.models.user import Caller


class IdentityRepository(Protocol):
    """By whom accounts are known elsewhere, and whose accounts are gone."""

    def standing(self, proof: Proof) -> Standing:
        """What is known of the person."""
        ...

    def add(self, proof: Proof, *, user_id: UserId, tenant_id: TenantId, at: datetime) -> None:
        """The person is known by this account from now on.

        Raises:
            IdentityTaken: by another one, made at the same time.
        """
        ...

    def of_user(self, user_id: UserId) -> Sequence[tuple[str, str]]:
        """The issuers that know the account, with what they call its owner."""
        ...

    def depart(
        self, issuer: str, subject: str, *, of: Caller, at: datetime, is_erasure_owed: bool
    ) -> str:
        """That the person's account is gone is remembered under this digest, without a name.

        The name is kept only as long as the account's erasure there is owed.
        """
        ...

    def owed(self) -> Sequence[OwedErasure]:
        """The accounts that have still to be erased at their issuer, oldest first."""
        ...

    def erased(self, digest: str, *, at: datetime) -> None:
        """Its erasure there is not owed any more, and no sign-in from before that holds."""
        ...

    def end_login(self, caller: Caller, *, at: datetime) -> None:
        """No token of this session at an issuer holds any more."""
        ...

    def alive(self, callers: Collection[Caller]) -> set[UUID]:
        """The logins of these that have not ended here, and whose users are still known."""
        ...

    def purge(self, *, before: datetime) -> None:
        """What was departed or ended before, and owes nothing, is not remembered any more."""
        ...


class TenantRepository(Protocol):
    """Customers with users of their own."""

    def find(self, name: str) -> Tenant | None:
        """The tenant of this name."""
        ...

    def ensure(self, name: str, *, at: datetime) -> Tenant:
        """The tenant of this name, made if there was none.

        Raises:
            IdentityTaken: it was made at the same time.
        """
        ...

    def all(self) -> Sequence[tuple[Tenant, int]]:
        """The tenants, oldest first, with how many users each has."""
        ...

    def renew_key(self, tenant_id: TenantId) -> Tenant:
        """The tenant, with a key of another version: what was signed before holds no more."""
        ...

    def plan_of(self, tenant_id: TenantId) -> str:
        """The name of the plan that its new users begin on."""
        ...

    def set_plan(self, tenant_id: TenantId, plan: str) -> int:
        """How many users went along: those who were on the tenant's plan. New ones begin on it."""
        ...
