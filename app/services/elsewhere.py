"""Erasing an account where it signs in, too, if that is ours to do."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.core.errors import AppError, StorageUnavailable
from app.models.actor import SYSTEM
from app.models.clock import Clock
from app.models.identity import AccountElsewhere, OwedErasure
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.ports.identity import AuthService

logger = logging.getLogger(__name__)

RETRY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Departed:
    """An account that was erased here."""

    signed_in_elsewhere: bool
    owed: Sequence[OwedErasure]


class Elsewhere:
    """What of an account is at issuers. What is erased here is remembered there without a name.

    An erasure at a service that does not answer is owed, and asked for again, by whatever process runs.
    """

    def __init__(self, database: Database, *, service: AuthService | None, clock: Clock) -> None:
        self._database = database
        self._service = service
        self._clock = clock

    def depart(self, tx: Transaction, caller: Caller, *, at: datetime) -> Departed:
        """No token of the account holds any more once the transaction is committed.

        To be called before the account is deleted.
        """
        known = tx.identities.of_user(caller.user_id)
        owed = []
        for issuer, subject in known:
            is_ours = self._service is not None and self._service.erases(issuer)
            digest = tx.identities.depart(
                issuer, subject, of=caller, at=at, is_erasure_owed=is_ours
            )
            if is_ours:
                owed.append(OwedErasure(digest, subject))
        return Departed(signed_in_elsewhere=bool(known), owed=owed)

    async def settle(self, departed: Departed) -> AccountElsewhere:
        """What has become of the account elsewhere, once it was tried to erase it there."""
        if not departed.signed_in_elsewhere:
            return AccountElsewhere.NONE
        if not departed.owed:
            return AccountElsewhere.KEPT
        erased = [await self._erase(one) for one in departed.owed]
        return AccountElsewhere.ERASED if all(erased) else AccountElsewhere.PENDING

    async def run(self) -> None:
        """Asks for what is owed, until cancelled."""
        while self._service is not None:
            try:
                await self.work_off()
            except StorageUnavailable as error:
                logger.warning("erasure elsewhere failed", extra={"error": error.slug})
            except Exception as error:
                logger.exception("erasure elsewhere failed unexpectedly", exc_info=error)
            await asyncio.sleep(RETRY_S)

    async def work_off(self) -> int:
        """How many accounts are still owed to be erased, after each was tried once."""
        owed = await self._database.read(lambda tx: tx.identities.owed(), by=SYSTEM)
        return sum([not await self._erase(one) for one in owed])

    async def _erase(self, owed: OwedErasure) -> bool:
        if self._service is None:
            return False
        try:
            await self._service.erase(owed.subject)
        except AppError as error:
            logger.warning("account elsewhere is not erased yet", extra={"error": error.slug})
            return False
        now = self._clock()
        await self._database.write(lambda tx: tx.identities.erased(owed.digest, at=now), by=SYSTEM)
        await self._database.scrub()
        return True
