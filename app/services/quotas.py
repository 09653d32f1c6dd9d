"""What plans allow: turns are reserved before they begin and settled at their end."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from app.core.quota_errors import QuotaExceeded
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
            return Reservation(month)
        name, usage = tx.usage.standing(month, owner=by.user_id)
        plan = self._plans.named(name)
        if not MONTHLY & plan.quotas.keys():
            return Reservation(month)
        needed = 0 if plan.limit(Quota.TOKENS) is None else tokens()
        holds = self._holding(usage, now)
        for quota, more in ((Quota.TURNS, 1), (Quota.TOKENS, needed)):
            _refuse_beyond(plan, quota, _monthly(quota, plan, usage, holds), more, now=now)
        key, until = uuid4().hex, now + self._holds_for
        tx.usage.hold(month, {**holds, key: Hold(needed, until)}, by=by)
        return Reservation(month, key, until)

    def settle(
        self, tx: Transaction, by: OneUser, reservation: Reservation, spent: Usage | None
    ) -> None:
        """Nothing is held for the turn any more, and what it used is used.

        Args:
            tx: the turn's last transaction.
            by: whose turn it was.
            reservation: the turn's.
            spent: None when no model was asked, or none answered: that was no turn.
        """
        if reservation.key is not None:
            _, usage = tx.usage.standing(reservation.month, owner=by.user_id)
            holds = self._holding(usage, self._clock())
            holds.pop(reservation.key, None)
            tx.usage.hold(reservation.month, holds, by=by)
        if spent is not None:
            tx.usage.add(reservation.month, spent, by=by)

    def renew(self, tx: Transaction, by: OneUser, reservation: Reservation) -> Reservation:
        """The reservation, for as long again, if its turn has not been settled."""
        _, usage = tx.usage.standing(reservation.month, owner=by.user_id)
        holds, until = dict(usage.holds), self._clock() + self._holds_for
        held = holds.get(reservation.key or "")
        if held is None or reservation.key is None:
            return replace(reservation, key=None, until=None)
        tx.usage.hold(
            reservation.month, {**holds, reservation.key: replace(held, until=until)}, by=by
        )
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
