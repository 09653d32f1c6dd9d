import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from app.core.errors import StorageUnavailable
from app.models.actor import SYSTEM
from app.models.clock import Clock
from app.ports.database import Database, Transaction
from app.services.document_rows import drop_abandoned, drop_arriving
from app.services.imports.importing import INTERRUPTED
from app.services.incognito import IncognitoTranscripts
from app.services.intents import KEEP_INTENTS
from app.services.membership import Membership
from app.services.originals import Originals
from app.services.outage import Outage
from app.services.quotas import Quotas
from app.services.runs import Runs

logger = logging.getLogger(__name__)

KEEP_JOBS: Final = timedelta(days=7)
KEEP_HEARD: Final = timedelta(days=30)
KEEP_DEPARTED: Final = timedelta(days=30)
"""That an account is gone: longer than a token of it, of a week at most, can claim to hold."""
LONGEST_IMPORT: Final = timedelta(hours=1)
LONGEST_ARRIVAL: Final = timedelta(hours=1)
PURGE_EVERY_S: Final = 3_600.0
SCRUB_EVERY_S: Final = 1.0


class Upkeep:
    """What has to happen again and again: leases renewed, what is over swept away, and scrubbed."""

    def __init__(
        self,
        database: Database,
        *,
        runs: Runs,
        incognito: IncognitoTranscripts,
        originals: Originals,
        quotas: Quotas,
        membership: Membership | None = None,
        lease_s: float,
        clock: Clock,
    ) -> None:
        """A `membership` is this process's among others on the database, if there can be any."""
        self._database = database
        self._runs = runs
        self._incognito = incognito
        self._originals = originals
        self._quotas = quotas
        self._membership = membership
        self._lease_s = lease_s
        self._clock = clock
        self._scrubs_outage = Outage(
            logger, failing="scrub failed", working="scrubbing works again"
        )
        self._outage = Outage(logger, failing="upkeep failed", working="upkeep works again")

    async def run(self) -> None:
        """Does it until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_up(), name="upkeep-leases")
            tasks.create_task(self._work_off_scrubs(), name="upkeep-scrubs")

    async def _work_off_scrubs(self) -> None:
        """What was deleted while somebody read it is gone from the files soon after."""
        while True:
            await asyncio.sleep(SCRUB_EVERY_S)
            if not self._database.scrub_owed:
                continue
            try:
                await self._database.scrub()
                self._scrubs_outage.works()
            except StorageUnavailable as error:
                self._scrubs_outage.fails(error)

    async def _keep_up(self) -> None:
        loop = asyncio.get_running_loop()
        next_purge = loop.time()
        while True:
            await asyncio.sleep(self._lease_s / 3)
            self._runs.sweep()
            self._incognito.sweep()
            try:
                await self._renew_leases()
                await self.renew_reservations()
                await self.end_abandoned()
                if loop.time() >= next_purge:
                    await self._purge()
                    next_purge = loop.time() + PURGE_EVERY_S
                self._outage.works()
            except StorageUnavailable as error:
                self._outage.fails(error)
            except Exception as error:
                logger.exception("upkeep failed unexpectedly", exc_info=error)

    async def _renew_leases(self) -> None:
        """A run that has lost its lease is cancelled, so that no session has two."""
        active = [run for run in self._runs.active if not run.is_supplied]
        if not active:
            return
        until = self._clock() + timedelta(seconds=self._lease_s)
        held = {(run.session_id, run.ids.lease_token) for run in active}
        lost = await self._database.write(
            lambda tx: tx.sessions.renew_leases(held, until=until), by=SYSTEM
        )
        for run in active:
            if (run.session_id, run.ids.lease_token) in lost:
                run.cancel()

    async def renew_reservations(self) -> None:
        """What a long answer may use is held for it, until it says what it did.

        Raises:
            StorageUnavailable: some are not renewed, and may run out.
        """
        for run in self._runs.active:
            held = run.reservation
            if held is None or not self._quotas.is_half_over(held):
                continue
            run.reservation = await self._database.write(
                partial(self._quotas.renew, reservation=held), by=held.owner
            )

    async def end_abandoned(self) -> None:
        """What a process was at that has ended without a word will not be done, and says so.

        One that was only slow to say that it lives loses nothing but an upload that its client repeats;
        and while nobody could say so, nobody counts as ended.

        Raises:
            StorageUnavailable: nothing was ended.
        """
        if self._membership is None or not self._membership.is_steady:
            return
        now = self._clock()
        silent_since = now - timedelta(seconds=self._lease_s)

        def work(tx: Transaction) -> None:
            drop_abandoned(tx, silent_since=silent_since, late=self._originals.late)
            tx.imports.fail_abandoned(silent_since=silent_since, error=INTERRUPTED, at=now)

        await self._database.write(work, by=SYSTEM)

    async def _purge(self) -> None:
        now = self._clock()
        await self._database.write(lambda tx: tx.logins.purge(expired_before=now), by=SYSTEM)
        await self._database.write(
            lambda tx: tx.jobs.purge(finished_before=now - KEEP_JOBS), by=SYSTEM
        )
        await self._database.write(
            lambda tx: _purge_transfers(tx, now, late=self._originals.late), by=SYSTEM
        )
        await self._database.write(
            lambda tx: tx.threads.purge(heard_before=now - KEEP_HEARD), by=SYSTEM
        )
        await self._database.write(
            lambda tx: tx.intents.purge(before=now - KEEP_INTENTS), by=SYSTEM
        )
        await self._database.write(
            lambda tx: tx.identities.purge(before=now - KEEP_DEPARTED), by=SYSTEM
        )


def _purge_transfers(tx: Transaction, now: datetime, *, late: timedelta) -> None:
    """Old ones are gone, and none runs for longer than any can: its process has ended."""
    drop_arriving(tx, before=now - LONGEST_ARRIVAL, late=late)
    tx.imports.purge(finished_before=now - KEEP_JOBS)
    tx.imports.fail_running(started_before=now - LONGEST_IMPORT, error=INTERRUPTED, at=now)
