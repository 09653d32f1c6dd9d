"""What holds a reservation while its answer is long, and what a turn without a word costs."""

import asyncio
from functools import partial

from app.models.plan import Plan, Plans, Quota
from app.models.usage import Amount, Reservation
from app.services.quotas import LEASES, Quotas
from app.services.runs import Run
from app.services.upkeep import Upkeep
from tests.support.clock import HandClock
from tests.support.house import House
from tests.unit.test_runs import a_run

LEASE_S = 15
PLANS = Plans({"free": Plan(name="free", quotas={Quota.TURNS: 3})})


def an_upkeep(house: House, quotas: Quotas, clock: HandClock) -> Upkeep:
    return Upkeep(
        house.database,
        runs=house.runs,
        incognito=house.incognito,
        originals=house.originals,
        quotas=quotas,
        lease_s=LEASE_S,
        clock=clock,
    )


async def turns(house: House, quotas: Quotas) -> Amount:
    owner = house.ada.user_id
    report = await house.database.read(partial(quotas.report, owner=owner), by=house.ada)
    return report.amounts[Quota.TURNS]


async def under_way(house: House, quotas: Quotas, clock: HandClock) -> tuple[Run, asyncio.Event]:
    """A run of Ada's that has reserved its turn, and what ends it."""
    run, end = a_run(clock), asyncio.Event()
    run.reservation = await house.database.write(
        partial(quotas.reserve, by=house.ada, tokens=lambda: 0), by=house.ada
    )

    async def work() -> None:
        await end.wait()
        run.publish("run.completed")

    house.runs.start(run, work)
    return run, end


async def test_a_long_answer_keeps_what_it_has_reserved(house: House, clock: HandClock) -> None:
    quotas = Quotas(PLANS, lease_s=LEASE_S, clock=clock)
    upkeep = an_upkeep(house, quotas, clock)
    run, end = await under_way(house, quotas, clock)
    first = run.reservation

    await upkeep.renew_reservations()
    assert run.reservation == first, "there is time"
    for _ in range(4):
        clock.advance(seconds=LEASE_S * LEASES * 0.6)
        await upkeep.renew_reservations()

    assert await turns(house, quotas) == Amount(used=0, reserved=1, limit=3)
    end.set()
    await run.wait()
    clock.advance(seconds=LEASE_S * LEASES)
    await upkeep.renew_reservations()
    assert await turns(house, quotas) == Amount(used=0, reserved=0, limit=3)


async def test_without_quotas_nothing_is_held(house: House, clock: HandClock) -> None:
    quotas = Quotas(Plans({}), lease_s=LEASE_S, clock=clock)

    run, end = await under_way(house, quotas, clock)

    assert isinstance(run.reservation, Reservation)
    assert run.reservation.key is None
    assert not quotas.is_half_over(run.reservation)
    assert await turns(house, quotas) == Amount(used=0)
    end.set()
