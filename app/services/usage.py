"""What accounts use, as their owners and the operator ask for it."""

from app.core.errors import InvalidInput, NotFound, StartRefused, UserNotFound
from app.models.actor import SYSTEM
from app.models.clock import Clock
from app.models.plan import Plans
from app.models.usage import UsageReport
from app.models.user import Caller, User
from app.ports.database import Database, Transaction
from app.services.new_accounts import account_of
from app.services.quotas import Quotas


class UsageBook:
    """Where accounts stand against their plans."""

    def __init__(self, database: Database, *, plans: Plans, quotas: Quotas, clock: Clock) -> None:
        self._database = database
        self._plans = plans
        self._quotas = quotas
        self._clock = clock

    async def report(self, caller: Caller) -> UsageReport:
        """What the caller's plan allows, and what of it is used.

        Raises:
            UserNotFound: the account has just been deleted.
        """
        return await self._database.read(
            lambda tx: self._quotas.report(tx, owner=caller.user_id), by=caller
        )

    async def turns_rate(self, caller: Caller) -> str | None:
        """How fast the caller's turns may follow each other, such as `20/minute`; None for no matter.

        Nothing is looked up where no plan says so.

        Raises:
            UserNotFound: the account has just been deleted.
        """
        if not self._plans.any_rate:
            return None
        name = await self._database.read(
            lambda tx: tx.usage.plan_of(owner=caller.user_id), by=caller
        )
        return self._plans.named(name).turns_rate

    async def require_plans(self) -> None:
        """Returns when everybody is on a plan that there is.

        Raises:
            StartRefused: says which plan is missing.
        """
        used = await self._database.read(lambda tx: tx.usage.plans_in_use(), by=SYSTEM)
        for name in sorted(set(used) - set(self._plans.names)):
            raise StartRefused(
                f"Somebody is on the plan {name}, and MEMORYCHAT_PLANS has none of this name: add it, "
                "or give them another with: python main.py set-plan"
            )

    async def set_plan(self, email: str, name: str) -> User:
        """The account of this address, on this plan from now on.

        Raises:
            InvalidInput: there is no such plan.
            UserNotFound: there is no account of this address.
        """
        self._require(name)

        def work(tx: Transaction) -> User:
            known = account_of(tx, email, tenant_id=tx.users.default_tenant())
            if known is None:
                raise UserNotFound("There is no account of this address.")
            return tx.users.update(known[0].id, changes={"plan": name}, at=self._clock())

        return await self._database.write(work, by=SYSTEM)

    async def set_tenants_plan(self, tenant: str, name: str) -> int:
        """How many of the tenant's users are on this plan from now on; new ones begin on it.

        Whoever was given another one keeps that.

        Raises:
            InvalidInput: there is no such plan.
            NotFound: there is no such tenant.
        """
        self._require(name)

        def work(tx: Transaction) -> int:
            known = tx.tenants.find(tenant)
            if known is None:
                raise NotFound(f"There is no tenant {tenant}.")
            return tx.tenants.set_plan(known.id, name)

        return await self._database.write(work, by=SYSTEM)

    def _require(self, name: str) -> None:
        if name not in self._plans.names:
            known = ", ".join(self._plans.names)
            raise InvalidInput(f"There is no plan {name}; there are: {known}.")
