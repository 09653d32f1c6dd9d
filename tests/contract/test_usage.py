"""What is used of a plan, on each engine: together no more than there is."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final

import pytest

from app.core.quota_errors import QuotaExceeded, QuotaFull
from app.models.actor import SYSTEM
from app.models.message import Usage
from app.models.plan import Plan, Plans, Quota
from app.models.usage import Reservation, end_of, month_of, start_of
from app.ports.database import Database, Transaction
from app.services.quotas import LEASES, Quotas
from tests.support.clock import HandClock
from tests.support.database import Owner, Site, a_document, a_memory

LEASE_S: Final = 15
SPENT: Final = Usage(input_tokens=30, output_tokens=12)
PLANS: Final = Plans(
    {
        "free": Plan(name="free", quotas={Quota.TURNS: 5, Quota.TOKENS: 1_000}),
        "bounded": Plan(
            name="bounded",
            quotas={Quota.MEMORIES: 2, Quota.DOCUMENTS: 1, Quota.DOCUMENT_BYTES: 100},
        ),
    }
)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def quotas(clock: HandClock) -> Quotas:
    return Quotas(PLANS, lease_s=LEASE_S, clock=clock)


async def reserve(
    database: Database, quotas: Quotas, owner: Owner, *, tokens: int = 100
) -> Reservation:
    return await database.write(
        lambda tx: quotas.reserve(tx, owner.actor, tokens=lambda: tokens), by=owner.actor
    )


async def settle(
    database: Database, quotas: Quotas, held: Reservation, spent: Usage | None = SPENT
) -> None:
    await database.write(lambda tx: quotas.settle(tx, held, spent), by=held.owner)


async def standing(database: Database, quotas: Quotas, owner: Owner) -> list[tuple[int, int]]:
    """What is used and reserved of turns and tokens."""
    report = await database.read(lambda tx: quotas.report(tx, owner=owner.user), by=owner.actor)
    amounts = (report.amounts[quota] for quota in (Quota.TURNS, Quota.TOKENS))
    return [(one.used, one.reserved) for one in amounts]


async def put(database: Database, owner: Owner, plan: str, clock: HandClock) -> None:
    await database.write(
        lambda tx: tx.users.update(owner.user, changes={"plan": plan}, at=clock()), by=SYSTEM
    )


def plan_of(tx: Transaction, owner: Owner) -> str:
    return tx.usage.plan_of(owner=owner.user)


def test_months_begin_and_end_where_the_calendar_says() -> None:
    last = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    abroad = datetime.fromisoformat("2027-01-01T00:30:00+01:00")

    assert month_of(last) == month_of(abroad) == date(2026, 12, 1)
    assert start_of(month_of(last)) == datetime(2026, 12, 1, tzinfo=UTC)
    assert end_of(month_of(last)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert end_of(date(2026, 2, 1)) == datetime(2026, 3, 1, tzinfo=UTC)


async def test_what_is_reserved_is_settled_with_what_was_used(
    database: Database, ann: Owner, ben: Owner, quotas: Quotas
) -> None:
    held = await reserve(database, quotas, ann)
    assert await standing(database, quotas, ann) == [(0, 1), (0, 100)]

    await settle(database, quotas, held)

    assert await standing(database, quotas, ann) == [(1, 0), (42, 0)]
    await settle(database, quotas, await reserve(database, quotas, ann), None)
    assert await standing(database, quotas, ann) == [(1, 0), (42, 0)], "no model answered"
    assert await standing(database, quotas, ben) == [(0, 0), (0, 0)]


async def test_turns_at_the_same_time_over_several_stores_get_no_more_than_there_is(
    site: Site, database: Database, ann: Owner, quotas: Quotas
) -> None:
    async with site.open() as other:
        stores = [database, other if not database.exclusive else database]
        outcomes = await asyncio.gather(
            *(reserve(stores[n % 2], quotas, ann, tokens=10) for n in range(40)),
            return_exceptions=True,
        )

    held = [one for one in outcomes if isinstance(one, Reservation)]
    refused = [one for one in outcomes if isinstance(one, QuotaExceeded)]
    assert (len(held), len(refused)) == (5, 35)
    assert {one.quota for one in refused} == {Quota.TURNS}
    assert await standing(database, quotas, ann) == [(0, 5), (0, 50)]
    await asyncio.gather(*(settle(database, quotas, one) for one in held))
    assert await standing(database, quotas, ann) == [(5, 0), (210, 0)]


async def test_tokens_that_are_held_are_not_given_again(
    database: Database, ann: Owner, quotas: Quotas
) -> None:
    await reserve(database, quotas, ann, tokens=600)

    with pytest.raises(QuotaExceeded) as refusal:
        await reserve(database, quotas, ann, tokens=600)

    error = refusal.value
    assert (error.quota, error.limit, error.used, error.reserved) == ("tokens", 1_000, 0, 600)
    await reserve(database, quotas, ann, tokens=400)


async def test_a_reservation_that_nobody_settles_runs_out_unless_it_is_renewed(
    database: Database, ann: Owner, quotas: Quotas, clock: HandClock
) -> None:
    clock.now = start_of(month_of(clock.now)) + timedelta(days=3)
    left = await reserve(database, quotas, ann)
    kept = await reserve(database, quotas, ann)
    assert not quotas.is_half_over(kept)
    clock.now += timedelta(seconds=LEASE_S * LEASES * 0.75)
    assert quotas.is_half_over(kept)
    kept = await database.write(lambda tx: quotas.renew(tx, kept), by=ann.actor)
    assert not quotas.is_half_over(kept)

    clock.now += timedelta(seconds=LEASE_S * LEASES * 0.5)

    assert await standing(database, quotas, ann) == [(0, 1), (0, 100)]
    await settle(database, quotas, left)
    assert await standing(database, quotas, ann) == [(1, 1), (42, 100)], "used is used"
    await settle(database, quotas, kept)
    await database.write(lambda tx: quotas.renew(tx, kept), by=ann.actor)
    assert await standing(database, quotas, ann) == [(2, 0), (84, 0)]


async def test_whoever_is_alone_frees_what_is_held(
    database: Database, ann: Owner, quotas: Quotas
) -> None:
    await reserve(database, quotas, ann)

    assert await database.write(lambda tx: tx.usage.release_all(), by=SYSTEM) == 1

    assert await standing(database, quotas, ann) == [(0, 0), (0, 0)]


async def test_a_month_ends_and_a_turn_counts_where_it_began(
    database: Database, ann: Owner, quotas: Quotas, clock: HandClock
) -> None:
    clock.now = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
    for _ in range(4):
        await settle(database, quotas, await reserve(database, quotas, ann))
    late = await reserve(database, quotas, ann)
    with pytest.raises(QuotaExceeded) as refusal:
        await reserve(database, quotas, ann)
    assert refusal.value.resets_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert refusal.value.retry_after_s == 1

    clock.now += timedelta(seconds=2)
    await settle(database, quotas, await reserve(database, quotas, ann))
    await settle(database, quotas, late)

    report = await database.read(lambda tx: quotas.report(tx, owner=ann.user), by=ann.actor)
    assert [(one.month, one.turns) for one in report.months] == [
        (date(2026, 2, 1), 1),
        (date(2026, 1, 1), 5),
    ]
    assert report.amounts[Quota.TURNS].used == 1


async def test_of_an_account_that_is_gone_nothing_is_counted(
    database: Database, ann: Owner, quotas: Quotas
) -> None:
    held = await reserve(database, quotas, ann)
    await database.write(lambda tx: tx.users.delete(ann.user), by=SYSTEM)

    await settle(database, quotas, held)
    unheld = replace(held, key=None, until=None)
    await settle(database, quotas, unheld)

    assert not await database.read(lambda tx: tx.usage.months(owner=ann.user), by=SYSTEM)


async def test_no_more_is_kept_than_there_is_room_for(
    database: Database, ann: Owner, quotas: Quotas, clock: HandClock
) -> None:
    await put(database, ann, "bounded", clock)

    def add_two(tx: Transaction) -> None:
        for number in range(2):
            quotas.admit(tx, ann.actor, memories=1)
            tx.memories.add(a_memory(ann, f"Anna has {number} cats."), tenant_id=ann.tenant)
        document = a_document(ann, size_bytes=60)
        quotas.admit(tx, ann.actor, documents=1, document_bytes=60)
        tx.documents.add(document)

    await database.write(add_two, by=ann.actor)
    for more, full in (
        (partial(quotas.admit, memories=1), Quota.MEMORIES),
        (partial(quotas.admit, documents=1), Quota.DOCUMENTS),
        (partial(quotas.admit, document_bytes=41), Quota.DOCUMENT_BYTES),
    ):
        with pytest.raises(QuotaFull) as refusal:
            await database.read(partial(more, by=ann.actor), by=ann.actor)
        assert refusal.value.quota is full
    await database.read(lambda tx: quotas.admit(tx, ann.actor, document_bytes=40), by=ann.actor)
    room = await database.read(lambda tx: quotas.room_for_memories(tx, ann.actor), by=ann.actor)
    assert room == 0


async def test_a_tenants_plan_is_that_of_its_users_who_have_no_other(
    database: Database, ann: Owner, ben: Owner, clock: HandClock
) -> None:
    await put(database, ben, "bounded", clock)

    moved = await database.write(lambda tx: tx.tenants.set_plan(ann.tenant, "pro"), by=SYSTEM)
    assert moved >= 1

    plans = [await database.read(partial(plan_of, owner=one), by=SYSTEM) for one in (ann, ben)]
    assert plans == ["pro", "bounded"]
    assert await database.read(lambda tx: tx.tenants.plan_of(ann.tenant), by=SYSTEM) == "pro"
    assert {"pro", "bounded"} <= set(
        await database.read(lambda tx: tx.usage.plans_in_use(), by=SYSTEM)
    )
