"""What becomes of the work of a process that says nothing: it ends, unless nobody could say anything."""

import pytest

from app.adapters.process_bus import ProcessHub
from app.models.actor import SYSTEM
from app.models.document import DocumentState
from app.models.imports import Import, ImportState
from app.models.process import Process
from app.ports.database import Transaction
from app.services.membership import BEATS, Membership
from app.services.peers import Peers
from app.services.upkeep import Upkeep
from tests.support.clock import HandClock
from tests.support.database import Owner, a_document, an_import
from tests.support.house import House
from tests.support.quotas import UNLIMITED

LEASE_S = 15.0
BEAT_S = LEASE_S / BEATS


class Member:
    """A process beside others, of which everything happens by hand."""

    def __init__(self, house: House, clock: HandClock) -> None:
        self._house = house
        self._clock = clock
        self._process = Process(has_bus=True)
        self._membership = Membership(
            house.database,
            process=self._process,
            peers=Peers(ProcessHub().join(self._process.id), me=self._process.id),
            alive_s=LEASE_S,
            clock=clock,
            uptime_s=clock.uptime_s,
        )
        self._upkeep = Upkeep(
            house.database,
            runs=house.runs,
            incognito=house.incognito,
            originals=house.originals,
            quotas=UNLIMITED,
            membership=self._membership,
            lease_s=LEASE_S,
            clock=clock,
        )

    async def beat(self) -> None:
        """It says that it is alive."""
        await self._membership.beat()

    async def keep_up(self) -> None:
        """It ends what others were at that have ended."""
        await self._upkeep.end_abandoned()

    async def begin(self) -> Import:
        """An import and an upload of Ada's are under way there."""
        ada, family = self._house.ada, self._house.family
        owner = Owner(ada.tenant_id, ada.user_id, family.id, await self._house.session())
        file = an_import(owner, at=self._clock())
        document = a_document(owner, created_at=self._clock())

        def work(tx: Transaction) -> None:
            tx.imports.add(file, by=self._process.id)
            tx.documents.add(document, by=self._process.id)

        await self._house.database.write(work, by=ada)
        return file


@pytest.fixture
def first(house: House, clock: HandClock) -> Member:
    return Member(house, clock)


@pytest.fixture
def second(house: House, clock: HandClock) -> Member:
    return Member(house, clock)


async def under_way(house: House, file: Import) -> tuple[ImportState, int]:
    """Where the import stands, and how many uploads are under way."""
    found = await house.database.read(
        lambda tx: tx.imports.get(file.id, owner=house.ada.user_id), by=house.ada
    )
    arriving = await house.database.read(
        lambda tx: tx.documents.in_state(DocumentState.ARRIVING), by=SYSTEM
    )
    return found.state, len(arriving)


async def beating(clock: HandClock, *members: Member, for_s: float) -> None:
    """They say again and again that they are alive."""
    for _ in range(round(for_s / BEAT_S)):
        clock.advance(seconds=BEAT_S)
        for member in members:
            await member.beat()


async def test_what_a_process_was_at_that_falls_silent_ends(
    house: House, clock: HandClock, first: Member, second: Member
) -> None:
    await beating(clock, first, second, for_s=LEASE_S)
    file = await second.begin()

    await beating(clock, first, for_s=LEASE_S)
    await first.keep_up()
    before = await under_way(house, file)
    await beating(clock, first, for_s=LEASE_S + BEAT_S)
    await first.keep_up()

    assert before == (ImportState.RUNNING, 1)
    assert await under_way(house, file) == (ImportState.FAILED, 0)


async def test_who_is_back_first_after_the_database_was_away_ends_nothing_of_others(
    house: House, clock: HandClock, first: Member, second: Member
) -> None:
    await beating(clock, first, second, for_s=2 * LEASE_S)
    file = await second.begin()

    clock.advance(seconds=4 * LEASE_S)
    await first.keep_up()
    await first.beat()
    await first.keep_up()
    await beating(clock, first, for_s=LEASE_S - BEAT_S)
    await first.keep_up()
    await second.beat()
    await beating(clock, first, second, for_s=3 * LEASE_S)
    await first.keep_up()

    assert await under_way(house, file) == (ImportState.RUNNING, 1)


async def test_who_ended_while_the_database_was_away_is_told_from_the_others_after_a_while(
    house: House, clock: HandClock, first: Member, second: Member
) -> None:
    await beating(clock, first, second, for_s=2 * LEASE_S)
    file = await second.begin()

    clock.advance(seconds=4 * LEASE_S)
    await beating(clock, first, for_s=LEASE_S + BEAT_S)
    await first.keep_up()

    assert await under_way(house, file) == (ImportState.FAILED, 0)


async def test_who_has_just_started_ends_nothing_of_others(
    house: House, clock: HandClock, first: Member, second: Member
) -> None:
    await second.beat()
    file = await second.begin()
    clock.advance(seconds=20 * LEASE_S)

    await first.beat()
    await first.keep_up()

    assert await under_way(house, file) == (ImportState.RUNNING, 1)
