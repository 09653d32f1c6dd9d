import asyncio
import logging
from contextlib import suppress
from typing import Final

from app.core.errors import StorageUnavailable
from app.models.actor import SYSTEM
from app.models.document import Document, DocumentState
from app.ports.database import Database
from app.services.document_rows import drop_arriving
from app.services.feed import Feed
from app.services.originals import Originals
from app.services.outage import Outage

logger = logging.getLogger(__name__)

POLL_S: Final = 0.5
IDLE_POLL_S: Final = 5.0


class DocumentWatch:
    """Sees documents become ready, and to what a process that ended left of their arrival."""

    def __init__(self, database: Database, *, originals: Originals, feed: Feed) -> None:
        self._database = database
        self._originals = originals
        self._feed = feed
        self._wanted = asyncio.Event()
        self._outage = Outage(
            logger, failing="documents wait", working="documents are seen to again"
        )

    def wake(self) -> None:
        """There is a new document."""
        self._wanted.set()

    async def run(self) -> None:
        """Tells when documents are ready, until cancelled."""
        while True:
            self._wanted.clear()
            try:
                pending = await self._see_to()
                self._outage.works()
                async with asyncio.timeout(POLL_S if pending else IDLE_POLL_S):
                    await self._wanted.wait()
            except TimeoutError:
                continue
            except StorageUnavailable as error:
                self._outage.fails(error)
                await asyncio.sleep(IDLE_POLL_S)
            except Exception as error:
                logger.exception("documents failed unexpectedly", exc_info=error)
                await asyncio.sleep(IDLE_POLL_S)

    async def recover(self) -> None:
        """Nothing is left of uploads that the end of a process broke off. Only for one that is alone."""
        late = self._originals.late
        await self._database.write(lambda tx: drop_arriving(tx, late=late), by=SYSTEM)
        with suppress(StorageUnavailable):
            await self._originals.sweep()

    async def _see_to(self) -> int:
        """How many documents are pending still."""
        pending = await self._database.read(
            lambda tx: [
                (document, tx.documents.count_waiting(document.id, owner=document.user_id))
                for document in tx.documents.in_state(DocumentState.PENDING)
            ],
            by=SYSTEM,
        )
        for document, waiting in pending:
            if not waiting:
                await self._mark_ready(document)
        return sum(waiting > 0 for _, waiting in pending)

    async def _mark_ready(self, document: Document) -> None:
        if await self._database.write(
            lambda tx: tx.documents.mark_ready(document.id), by=document.owner
        ):
            self._feed.tell(
                document.user_id,
                "document.ready",
                document_id=document.id,
                memory_profile_id=document.profile_id,
                chunk_count=document.chunk_count,
            )
