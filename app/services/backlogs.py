"""What waits in the background, for those who watch an installation."""

import asyncio
from typing import Final

from app.core.errors import StorageUnavailable
from app.models.actor import SYSTEM
from app.models.backlog import Backlog
from app.models.clock import Clock, Stopwatch
from app.models.job import JobState
from app.models.process import ProcessRole
from app.ports.database import Database, Transaction
from app.services.remembered import Remembered

HOLDS_S: Final = 10.0
"""For so long nobody reads again, however often it is asked for."""
TIMEOUT_S: Final = 3.0


class Backlogs:
    """The backlog of an installation, read now and then when somebody asks."""

    def __init__(self, database: Database, *, clock: Clock, uptime_s: Stopwatch) -> None:
        """Nothing is read yet."""
        self._database = database
        self._clock = clock
        self._seen = Remembered(self._read, holds_s=lambda _: HOLDS_S, uptime_s=uptime_s)

    async def look(self) -> Backlog | None:
        """What it was ten seconds ago at most; None while the database does not answer."""
        return await self._seen.get()

    async def _read(self) -> Backlog | None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._database.read(self._backlog, by=SYSTEM)
        except (StorageUnavailable, TimeoutError):
            return None

    def _backlog(self, tx: Transaction) -> Backlog:
        jobs = tx.jobs.count_unfinished()
        if self._database.exclusive:  # nobody else can be there, and so nobody registers
            alive = {ProcessRole.SERVER: 1}
        else:
            alive = dict(tx.processes.roles(now=self._clock()))
        return Backlog(
            jobs_waiting=jobs.get(JobState.PENDING, 0) + jobs.get(JobState.RUNNING, 0),
            jobs_dead=jobs.get(JobState.FAILED, 0),
            index_changes_waiting=tx.index_changes.count_all(),
            processes_alive={role: alive.get(role, 0) for role in ProcessRole},
        )
