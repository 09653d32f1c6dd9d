"""Streams that are open in somebody's name, for as long as what they called with holds."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID
from weakref import WeakSet

from app.core.errors import StorageUnavailable
from app.core.socket_errors import TooManySockets
from app.models.actor import SYSTEM
from app.models.clock import Clock
from app.models.ids import UserId
from app.models.user import Caller
from app.ports.database import Database, Transaction

logger = logging.getLogger(__name__)

SOCKETS_PER_ACCOUNT: Final = 20
"""WebSockets that one process keeps open for an account at the same time."""


class Permit:
    """That a caller may be told things, until it is withdrawn."""

    def __init__(self, caller: Caller) -> None:
        self.caller: Final = caller
        self.withdrawn: Final = asyncio.Event()


class OpenStreams:
    """Permits of the streams of this process, withdrawn soon after their login or key has ended.

    One look into the database serves all of them, however many there are and whatever they tell. An
    access token may expire meanwhile: its login goes on.
    """

    def __init__(self, database: Database, *, recheck_s: float, clock: Clock) -> None:
        """No stream is open, and every `recheck_s` seconds it is looked who may still be told."""
        self._database = database
        self._recheck_s = recheck_s
        self._clock = clock
        self._permits: WeakSet[Permit] = WeakSet()
        self._sockets: Counter[UserId] = Counter()
        self.over: Final = asyncio.Event()
        """Set when the process is going down and no run goes on: nothing more will be told."""

    def admit(self, caller: Caller) -> Permit:
        """A permit, looked after for as long as somebody has it."""
        permit = Permit(caller)
        self._permits.add(permit)
        return permit

    def take_place(self, caller: Caller) -> None:
        """One more socket of the account is open, until its place is freed.

        Raises:
            TooManySockets: as many as it may have are open.
        """
        if self._sockets[caller.user_id] >= SOCKETS_PER_ACCOUNT:
            raise TooManySockets(f"An account has at most {SOCKETS_PER_ACCOUNT} sockets open.")
        self._sockets[caller.user_id] += 1

    def free_place(self, caller: Caller) -> None:
        """A socket of the account that had taken a place is open no more."""
        self._sockets[caller.user_id] -= 1
        if not self._sockets[caller.user_id]:
            del self._sockets[caller.user_id]

    def end(self, login_id: UUID) -> None:
        """The permits of this login, or key, are withdrawn at once."""
        for permit in tuple(self._permits):
            if permit.caller.login_id == login_id:
                permit.withdrawn.set()

    async def recheck(self) -> None:
        """Permits whose login or key had ended by now, wherever that was, are withdrawn.

        Raises:
            StorageUnavailable: nobody knows which ones.
        """
        callers = frozenset(one.caller for one in self._permits if not one.withdrawn.is_set())
        if not callers:
            return
        now = self._clock()
        holding = await self._database.read(lambda tx: _holding(tx, callers, now), by=SYSTEM)
        for permit in tuple(self._permits):
            if permit.caller in callers - holding:
                permit.withdrawn.set()

    async def run(self) -> None:
        """Permits are looked after until cancelled; while the database is away, none is withdrawn."""
        while True:
            await asyncio.sleep(self._recheck_s)
            try:
                await self.recheck()
            except StorageUnavailable as error:
                logger.warning("open streams not rechecked", extra={"error": type(error).__name__})
            except Exception as error:
                logger.exception("open streams not rechecked", exc_info=error)


def _holding(tx: Transaction, callers: Collection[Caller], now: datetime) -> set[Caller]:
    """Those of the callers whose login or key has not ended."""
    programs = {one for one in callers if one.grant is not None}
    guests = {one for one in callers if one.is_known_elsewhere}
    people = {one for one in callers if one not in programs and one not in guests}
    keys = tx.api_keys.alive({one.login_id for one in programs}, now=now)
    logins = tx.logins.alive({one.login_id for one in people}, now=now)
    elsewhere = tx.identities.alive(guests)
    return {
        *(one for one in programs if one.login_id in keys),
        *(one for one in people if one.login_id in logins),
        *(one for one in guests if one.login_id in elsewhere),
    }
