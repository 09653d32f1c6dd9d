"""What plans allow: turns are reserved before they begin and settled at their end."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from app.core.quota_errors import QuotaExceeded, QuotaFull
from app.models.actor import OneUser
from app.models.clock import Clock
from app.models.ids import UserId
from app.models.message import Usage
from app.models.plan import MONTHLY, Plan, Plans, Quota
from app.models.usage import (
    Amount,
    Hold,
    MonthUsage,
    Reservation,
    UsageReport,
    end_of,
    month_of,
)
from app.ports.database import Transaction

LEASES: Final = 8
"""A reservation holds for so many leases of a session, and is renewed when half of that is over."""


class Quotas:
    """What may still be used, asked and told inside the transactions that use it.

    One user writes one transaction after the other, so what is free when it is looked at still is
    when it is taken.
    """

    def __init__(self, plans: Plans, *, lease_s: float, clock: Clock) -> None:
        self._plans = plans
        self._holds_for = timedelta(seconds=lease_s * LEASES)
        self._clock = clock

    @property
    def reserves(self) -> bool:
        """Whether turns of some plan reserve what they may use."""
        return self._plans.any_of(*MONTHLY)

    @property
    def bounds_what_is_kept(self) -> bool:
        """Whether some plan does."""
        return self._plans.any_of(*(set(Quota) - MONTHLY))

    def reserve(self, tx: Transaction, by: OneUser, *, tokens: Callable[[], int]) -> Reservation:
        """What a turn may use is held for it, if its plan has a quota of it.

        Args:
            tx: the turn's first transaction.
            by: whose turn it is.
            tokens: the most that it will use; asked only where tokens have a quota.

        Raises:
            QuotaExceeded: the month has no room for it.
        """
        now = self._clock()
        month = month_of(now)
        if not self.reserves:
            return Reservation(by, month)
        name, usage = tx.usage.standing(month, owner=by.user_id)
        plan = self._plans.named(name)
        if not MONTHLY & plan.quotas.keys():
            return Reservation(by, month)
        needed = 0 if plan.limit(Quota.TOKENS) is None else tokens()
        holds = self._holding(usage, now)
        for quota, more in ((Quota.TURNS, 1), (Quota.TOKENS, needed)):
            _refuse_beyond(plan, quota, _monthly(quota, plan, usage, holds), more, now=now)
        key, until = uuid4().hex, now + self._holds_for
        tx.usage.hold(month, {**holds, key: Hold(needed, until)}, by=by)
        return Reservation(by, month, key, until)

    def settle(self, tx: Transaction, reservation: Reservation, spent: Usage | None) -> None:
        """Nothing is held for the turn any more, and what it used is used.

        Args:
            tx: the turn's last transaction.
            reservation: the turn's.
            spent: None when no model was asked, or none answered: that was no turn.
        """
        month, by = reservation.month, reservation.owner
        holds = None
        if reservation.key is not None:
            holds = dict(tx.usage.holds(month, owner=by.user_id))
            holds.pop(reservation.key, None)
        if spent is not None:
            tx.usage.add(month, spent, by=by, holds=holds)
        elif holds is not None:
            tx.usage.hold(month, holds, by=by)

    def renew(self, tx: Transaction, reservation: Reservation) -> Reservation:
        """The reservation, for as long again unless its turn has been settled."""
        month, by, key = reservation.month, reservation.owner, reservation.key
        holds, until = (
            dict(tx.usage.holds(month, owner=by.user_id)),
            self._clock() + self._holds_for,
        )
        if key is not None and key in holds:
            holds[key] = replace(holds[key], until=until)
            tx.usage.hold(month, holds, by=by)
        return replace(reservation, until=until)

    def is_half_over(self, reservation: Reservation) -> bool:
        """Whether it has to be renewed."""
        until = reservation.until
        return until is not None and until - self._clock() < self._holds_for / 2

    def report(self, tx: Transaction, *, owner: UserId) -> UsageReport:
        """Where an account stands.

        Raises:
            UserNotFound: it is gone.
        """
        now = self._clock()
        month = month_of(now)
        name, usage = tx.usage.standing(month, owner=owner)
        plan = self._plans.named(name)
        holds = self._holding(usage, now)
        monthly = {
            quota: _monthly(quota, plan, usage, holds) for quota in (Quota.TURNS, Quota.TOKENS)
        }
        kept = {
            quota: Amount(used=used, limit=plan.limit(quota))
            for quota, used in tx.usage.kept(owner=owner).items()
        }
        months = tuple(one for one in tx.usage.months(owner=owner) if one.turns)
        return UsageReport(plan=plan.name, month=month, amounts={**monthly, **kept}, months=months)

    def admit(
        self,
        tx: Transaction,
        by: OneUser,
        *,
        memories: int = 0,
        documents: int = 0,
        document_bytes: int = 0,
    ) -> None:
        """Returns when so much more may be kept.

        Raises:
            QuotaFull: the plan has no room for it.
        """
        more = {
            Quota.MEMORIES: memories,
            Quota.DOCUMENTS: documents,
            Quota.DOCUMENT_BYTES: document_bytes,
        }
        if not self.bounds_what_is_kept or not any(more.values()):
            return
        plan = self._plans.named(tx.usage.plan_of(owner=by.user_id))
        if not more.keys() & plan.quotas.keys():
            return
        kept = tx.usage.kept(owner=by.user_id)
        for quota, limit in plan.quotas.items():
            if more.get(quota) and kept[quota] + more[quota] > limit:
                raise QuotaFull(quota, limit=limit, used=kept[quota])

    def kept(self, tx: Transaction, by: OneUser) -> Mapping[Quota, int]:
        """What is kept of what a plan can bound; nothing where none does."""
        return tx.usage.kept(owner=by.user_id) if self.bounds_what_is_kept else {}

    def require_kept(self, tx: Transaction, by: OneUser, *, before: Mapping[Quota, int]) -> None:
        """Returns when what was added since `before` could be kept.

        Raises:
            QuotaFull: the plan has no room for it.
        """
        if not before:
            return
        plan, kept = self._plans.named(tx.usage.plan_of(owner=by.user_id)), self.kept(tx, by)
        for quota, limit in plan.quotas.items():
            if quota in kept and kept[quota] > max(limit, before[quota]):
                raise QuotaFull(quota, limit=limit, used=before[quota])

    def room_for_memories(self, tx: Transaction, by: OneUser) -> int | None:
        """How many more may be kept; None for as many as one likes."""
        if not self._plans.any_of(Quota.MEMORIES):
            return None
        limit = self._plans.named(tx.usage.plan_of(owner=by.user_id)).limit(Quota.MEMORIES)
        if limit is None:
            return None
        return max(0, limit - tx.usage.count_memories(owner=by.user_id))

    def _holding(self, usage: MonthUsage, now: datetime) -> dict[str, Hold]:
        """What is held by turns under way, without what has run out or comes from another clock."""
        latest = now + 2 * self._holds_for
        return {key: one for key, one in usage.holds.items() if now < one.until < latest}


def _monthly(quota: Quota, plan: Plan, usage: MonthUsage, holds: Mapping[str, Hold]) -> Amount:
    if quota is Quota.TURNS:
        return Amount(used=usage.turns, reserved=len(holds), limit=plan.limit(quota))
    reserved = sum(one.tokens for one in holds.values())
    return Amount(used=usage.tokens, reserved=reserved, limit=plan.limit(quota))


def _refuse_beyond(plan: Plan, quota: Quota, amount: Amount, more: int, *, now: datetime) -> None:
    if amount.limit is None or amount.used + amount.reserved + more <= amount.limit:
        return
    resets_at = end_of(month_of(now))
    raise QuotaExceeded(
        quota,
        limit=amount.limit,
        used=amount.used,
        reserved=amount.reserved,
        resets_at=resets_at,
        retry_after_s=(resets_at - now).total_seconds(),
    )
