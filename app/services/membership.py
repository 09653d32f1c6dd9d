"""Being one of several processes on a database: known to the others, and knowing them."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from app.core.errors import StartRefused, StorageUnavailable
from app.models.actor import SYSTEM
from app.models.clock import Clock, Stopwatch
from app.models.ids import ProcessId
from app.models.process import LiveProcess, Process
from app.ports.bus import Note
from app.ports.database import Database
from app.services.outage import Outage
from app.services.peers import Peers

logger = logging.getLogger(__name__)

BEATS: Final = 5
"""In the time after which a process that says nothing counts as ended."""
KEPT: Final = timedelta(hours=1)
_HELLO: Final = "hello"
_BYE: Final = "bye"
_REFUSAL: Final = (
    "Another process has this database open, and the two of them could not tell each other what to "
    "forget: set REDIS_URL for all of them, or end the other one."
)


class Membership:
    """Says that this process is alive, and sees who else is."""

    def __init__(
        self,
        database: Database,
        *,
        process: Process,
        peers: Peers,
        alive_s: float,
        clock: Clock,
        uptime_s: Stopwatch,
    ) -> None:
        self._database = database
        self._process = process
        self._peers = peers
        self._alive = timedelta(seconds=alive_s)
        self._beat_every_s = alive_s / BEATS
        self._alive_s = alive_s
        self._clock = clock
        self._uptime_s = uptime_s
        self._steady_since_s = self._beaten_at_s = float("-inf")
        self._wanted = asyncio.Event()
        self._outage = Outage(logger, failing="heartbeat failed", working="heartbeat works again")
        peers.hear(_HELLO, self._hear_hello)
        peers.hear(_BYE, self._hear_bye)
        peers.see_by(self.see)

    @property
    def is_steady(self) -> bool:
        """Whether it has been able to say that it is alive for so long, without a gap, that others were too.

        Who is back first after the database was away cannot tell the living from those that ended.
        """
        return not self._has_gap and self._uptime_s() - self._steady_since_s >= self._alive_s

    async def join(self) -> None:
        """The process is known.

        One that was killed counts as alive for a while: it is waited for, unless it shows that it is.

        Raises:
            StartRefused: there are others, and not all of them have a bus.
            StorageUnavailable: the database does not answer.
        """
        seen: dict[ProcessId, LiveProcess] = {}
        while strangers := await self._strangers():
            if not seen:
                logger.warning("another process was alive lately: waiting whether it still is")
            if any(one != seen.setdefault(one.id, one) for one in strangers):
                raise StartRefused(_REFUSAL)
            await asyncio.sleep(self._beat_every_s / 4)
        await self.beat()
        if await self._strangers():
            await self.leave()
            raise StartRefused(_REFUSAL)
        self._peers.tell(_HELLO, {})

    async def run(self) -> None:
        """Says again and again that the process is alive, until cancelled."""
        self._peers.tell(_HELLO, {})
        while True:
            try:
                async with asyncio.timeout(self._beat_every_s):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            self._wanted.clear()
            try:
                await self.beat()
                self._outage.works()
            except StorageUnavailable as error:
                self._outage.fails(error)
            except Exception as error:
                logger.exception("heartbeat failed unexpectedly", exc_info=error)

    async def leave(self) -> None:
        """Nobody expects anything of this process any more."""
        await self._database.write(lambda tx: tx.processes.leave(self._process.id), by=SYSTEM)
        self._peers.tell(_BYE, {})

    async def see(self) -> None:
        """It is known who else is alive at this moment."""
        self._peers.others = frozenset(one.id for one in await self._others())

    async def beat(self) -> None:
        """The process counts as alive for a while, and it is known who else does.

        Raises:
            StorageUnavailable: the database does not answer.
        """
        now = self._clock()
        alive_until = now + self._alive
        await self._database.write(
            lambda tx: tx.processes.beat(self._process, now=now, alive_until=alive_until),
            by=SYSTEM,
        )
        if self._has_gap:
            self._steady_since_s = self._uptime_s()
        self._beaten_at_s = self._uptime_s()
        await self._database.write(lambda tx: tx.processes.purge(dead_before=now - KEPT), by=SYSTEM)
        known = self._peers.others
        await self.see()
        if self._peers.others - known:
            self._peers.tell(_HELLO, {})

    @property
    def _has_gap(self) -> bool:
        """Whether the last time is longer ago than it is when nothing is wrong."""
        return self._uptime_s() - self._beaten_at_s > self._alive_s / 2

    async def _others(self) -> Sequence[LiveProcess]:
        now = self._clock()
        living = await self._database.read(lambda tx: tx.processes.living(now=now), by=SYSTEM)
        return [one for one in living if one.id != self._process.id]

    async def _strangers(self) -> Sequence[LiveProcess]:
        """Other processes that this one could not tell anything."""
        return [one for one in await self._others() if not (one.has_bus and self._process.has_bus)]

    def _hear_hello(self, note: Note) -> None:
        if note.sender not in self._peers.others:
            self._wanted.set()

    def _hear_bye(self, note: Note) -> None:
        self._peers.others -= {note.sender}
