"""The bytes of what was deleted leave the files within a bound."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final, assert_never

from app.core.bounds import ForgettingSettings
from app.core.errors import IndexUnavailable, StorageUnavailable
from app.models.actor import SYSTEM, OneUser
from app.models.clock import Clock
from app.models.wipe import OwedWipe, PendingWipe, Store
from app.ports.database import Database, Transaction
from app.ports.vector_index import VectorIndex
from app.services.originals import Originals
from app.services.outage import Outage

logger = logging.getLogger(__name__)

POLL_S: Final = 1.0
SHORTEST_POLL_S: Final = 0.05
RETRY_S: Final = 5.0


class Wiping:
    """Sees to what is owed since something was deleted, which the database remembers.

    One wipe serves all deletions before it. It begins so long after the last of them, but so that
    the first one's bytes are gone within the bound: half of that is for the wipe.
    """

    def __init__(
        self,
        database: Database,
        *,
        index: VectorIndex,
        originals: Originals,
        bounds: ForgettingSettings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._index = index
        self._originals = originals
        self._quiet = timedelta(seconds=bounds.quiet_s)
        self._within = timedelta(seconds=bounds.within_s)
        self._poll_s = min(POLL_S, max(bounds.quiet_s, SHORTEST_POLL_S))
        self._clock = clock
        self._outage = Outage(logger, failing="wipe failed", working="wiping works again")

    @property
    def unattested(self) -> Sequence[Store]:
        """The stores whose files are another server's, so that nobody here can tell when bytes go."""
        erased = {
            Store.DATABASE: self._database.erases_bytes,
            Store.INDEX: self._index.erases_bytes,
            Store.FILES: self._originals.erases_bytes,
        }
        return [store for store, is_ours in erased.items() if not is_ours]

    async def pending(self, owner: OneUser) -> Sequence[PendingWipe]:
        """The stores that hold bytes of what this user deleted, as far as anybody here can tell.

        Of files that can be told wherever they are: it is owed until they are deleted.
        """
        owed = await self._database.read(lambda tx: tx.wipes.owed(owner.user_id), by=owner)
        now = self._clock()
        told = [store for store in Store if store not in self.unattested or store is Store.FILES]
        by_store = {store: [one for one in owed if one.store is store] for store in told}
        return [
            PendingWipe(
                store,
                since=min(one.since for one in some),
                gone_by=max(one.due_from(now) for one in some) + self._within,
            )
            for store, some in by_store.items()
            if some
        ]

    async def run(self) -> None:
        """Wipes what is due, until cancelled."""
        while True:
            await asyncio.sleep(self._poll_s)
            try:
                await self.work_off()
                self._outage.works()
            except (IndexUnavailable, StorageUnavailable) as error:
                self._outage.fails(error)
                await asyncio.sleep(RETRY_S)
            except Exception as error:
                logger.exception("wipe failed unexpectedly", exc_info=error)
                await asyncio.sleep(RETRY_S)

    async def work_off(self) -> None:
        """What is due is wiped, unless somebody is reading it: then it is due still.

        What may arrive later is not due before it has.

        Raises:
            IndexUnavailable: the index is due still.
            StorageUnavailable: so is what comes after it.
        """
        owed = await self._database.read(lambda tx: tx.wipes.owed(), by=SYSTEM)
        now, done = self._clock(), False
        for store in Store:
            due = [one for one in owed if one.store is store and one.due_from(now) <= now]
            if due and self._is_due(due) and await self._wipe(store):
                await self._database.write(partial(_forget_debt, due=due), by=SYSTEM)
                done = True
        if done:  # a debt names whose it was
            await self._database.scrub()

    def _is_due(self, owed: Sequence[OwedWipe]) -> bool:
        """Also when the clock was set back since, so that the bound cannot be told any more."""
        now, since = self._clock(), [one.since for one in owed]
        begins_at = min(max(since) + self._quiet, min(since) + self._within / 2)
        return begins_at <= now or now < max(since)

    async def _wipe(self, store: Store) -> bool:
        match store:
            case Store.DATABASE:
                return await self._database.wipe()
            case Store.INDEX:
                await self._index.wipe()
                return True
            case Store.FILES:
                await self._originals.sweep()
                return True
            case never:
                assert_never(never)


def _forget_debt(tx: Transaction, *, due: Sequence[OwedWipe]) -> None:
    tx.wipes.done([one.id for one in due])
